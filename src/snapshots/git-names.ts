/**
 * Names that git refuses in a tree, because some file system takes them for `.git`: case, trailing dots and spaces, the short name of Windows,
 * and characters that macOS ignores (`verify_path` and `is_ntfs_dotgit` in git's read-cache.c and path.c, `is_hfs_dotgit` in utf8.c).
 */
const IGNORED_BY_HFS = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

export function isGitName(name: string): boolean {
  const [first = ''] = name.replace(IGNORED_BY_HFS, '').toLowerCase().split(/[:\\]/);
  return ['.git', 'git~1'].includes(first.replace(/[ .]+$/, ''));
}
