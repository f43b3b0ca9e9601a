/**
 * The escape set: ways out of a sandbox that have been tried before, each a program that says `OPEN` or `BLOCKED` and why. The same
 * program, run outside, shows that it is able to find the way open. Nothing here harms a host that is reached: what could is only opened.
 */

/** What there is to reach. Outside, it is there as well. */
export interface World {
  node: string;
  /** A folder of the host that everybody may write to, with a file `secret`. */
  folder: string;
  /** A folder of the attempt's own. */
  own: string;
  home: string;
  tcpPort: number;
  udpPort: number;
  /** Of this host, but the loopback. */
  address: string;
  abstractName: string;
  socket: string;
  /** A process of the host's that may be killed. */
  victim: number;
}

export interface Escape {
  name: string;
  argv: (world: World) => string[];
  /** Who finds it open outside: everybody, only root, or nobody who should be asked to try. */
  control: 'anyone' | 'root' | null;
  /** A file that not every kernel has. */
  needs?: string;
}

const PRELUDE = `
const fs = require('node:fs'), net = require('node:net'), { join } = require('node:path');
const world = JSON.parse(process.argv[1]);
const say = (isOpen, why) => { fs.writeSync(1, isOpen ? 'OPEN' : 'BLOCKED ' + why); process.exit(); };
const tries = (...acts) => {
  const codes = acts.map((act) => { try { act(); return say(true); } catch (error) { return error.code; } });
  say(false, codes);
};
const meets = (what, event) => what.once(event, () => say(true)).once('error', (error) => say(false, error.code));
const opens = (path, flags) => fs.closeSync(fs.openSync(path, flags));
const numbers = () => fs.readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name));
`;

const node =
  (script: string) =>
  (world: World): string[] => [world.node, '-e', PRELUDE + script, JSON.stringify(world)];

/** By number, because the programs that make these calls look first whether they should. */
const CALLS = {
  x64: { mount: 165, unshare: 272, mknodat: 259, ioctl: 16, ptrace: 101 },
  arm64: { mount: 40, unshare: 97, mknodat: 33, ioctl: 29, ptrace: 117 },
}[process.arch as 'x64' | 'arm64'];

const perl =
  (script: string) =>
  ({ own }: World): string[] => ['perl', '-e', `sub say_so { print $_[0] ? "OPEN" : "BLOCKED $!" } ${script}`, own];

const TIOCSTI = `
  open(my $master, "+<", "/dev/ptmx") or do { print "BLOCKED no terminal: $!"; exit };
  my $unlocked = pack("i", 0); ioctl($master, 0x40045431, $unlocked);
  my $number = pack("i", 0); ioctl($master, 0x80045430, $number);
  open(my $terminal, "+<", "/dev/pts/" . unpack("i", $number)) or do { print "BLOCKED no terminal: $!"; exit };
  say_so(syscall(${CALLS.ioctl}, fileno($terminal), 0x5412, my $typed = "x") == 0);`;

export const ESCAPES: Escape[] = [
  {
    name: 'reading a secret of the host',
    control: 'anyone',
    argv: node(`tries(() => fs.readFileSync(join(world.folder, 'secret')))`),
  },
  {
    name: 'looking into homes',
    control: 'root',
    argv: node(`tries(() => fs.readdirSync(world.home), () => fs.readdirSync('/root'))`),
  },
  {
    name: 'writing to a folder of the host',
    control: 'anyone',
    argv: node(`tries(() => fs.writeFileSync(join(world.folder, 'written'), ''))`),
  },
  {
    name: 'writing to the system',
    control: null,
    argv: node(
      `tries(...['/usr', '/etc', '/', '/run/flotilla', '/dev'].map((at) => () => fs.writeFileSync(join(at, 'escaped'), '')))`,
    ),
  },
  {
    name: 'mounting, or mounting again as writable',
    control: null,
    argv: perl(`
      my $again = syscall(${CALLS.mount}, my $none = "none", my $usr = "/usr", my $type = "none", 32 | 4096, 0);
      my $fresh = syscall(${CALLS.mount}, $none, $ARGV[0], my $tmpfs = "tmpfs", 0, 0);
      say_so($again == 0 || $fresh == 0);`),
  },
  {
    name: 'making a device',
    control: 'root',
    argv: perl(`say_so(syscall(${CALLS.mknodat}, -100, my $path = "$ARGV[0]/null", 0020666, (1 << 8) | 3) == 0);`),
  },
  {
    name: 'making a user namespace',
    control: 'anyone',
    argv: perl(`say_so(syscall(${CALLS.unshare}, 0x10000000) == 0);`),
  },
  {
    name: 'taking over the supervisor',
    control: 'root',
    argv: node(`
      const isIt = (pid) => { try { return fs.readFileSync('/proc/' + pid + '/cmdline', 'utf8').includes('/inside/supervisor.') && pid > 1 && !fs.readFileSync('/proc/' + pid + '/cmdline', 'utf8').startsWith('bwrap'); } catch { return false; } };
      const at = '/proc/' + (world.own === '/workspace' ? numbers().find(isIt) : process.ppid);
      if (!fs.existsSync(at)) throw new Error('There is no ' + at);
      tries(() => opens(at + '/mem', 'r+'), () => fs.readdirSync(at + '/fd'), () => fs.readlinkSync(at + '/exe'), () => fs.readdirSync(at + '/root'))`),
  },
  {
    // Its memory can be opened where Yama does not forbid it: so what counts is that it may do no more than any command.
    name: 'being more as the first process',
    control: 'root',
    argv: node(`
      const status = fs.readFileSync('/proc/1/status', 'utf8');
      const bound = [/^NoNewPrivs:\\t1$/m, /^Seccomp:\\t2$/m, /^CapEff:\\t0+$/m, /^CapPrm:\\t0+$/m, /^CapBnd:\\t0+$/m];
      say(!bound.every((line) => line.test(status)), 'bound as all others')`),
  },
  {
    name: 'killing a process of the host',
    control: 'anyone',
    argv: node(`tries(() => process.kill(world.victim, 'SIGKILL'))`),
  },
  {
    name: 'connecting to a server of the host',
    control: 'anyone',
    argv: node(`meets(net.connect(world.tcpPort, world.address), 'connect')`),
  },
  {
    name: 'connecting to the loopback of the host',
    control: 'anyone',
    argv: node(`meets(net.connect(world.tcpPort, '127.0.0.1'), 'connect')`),
  },
  {
    name: 'sending datagrams, as for names',
    control: 'anyone',
    argv: node(`
      const socket = require('node:dgram').createSocket('udp4');
      meets(socket, 'message');
      socket.connect(world.udpPort, world.address, (error) => error ? say(false, error.code) : socket.send('anyone?'));`),
  },
  {
    name: 'asking the cloud about its machine',
    control: null,
    argv: node(`meets(net.connect(80, '169.254.169.254'), 'connect')`),
  },
  {
    name: 'connecting to an abstract socket',
    control: 'anyone',
    argv: node(`meets(net.connect({ path: '\\0' + world.abstractName }), 'connect')`),
  },
  {
    name: 'connecting to a socket by its path',
    control: 'anyone',
    argv: node(`meets(net.connect({ path: world.socket }), 'connect')`),
  },
  { name: 'opening a socket to the hypervisor', control: 'anyone', argv: perl(`say_so(socket(my $s, 40, 1, 0));`) },
  { name: 'typing into a terminal', control: 'root', argv: perl(TIOCSTI) },
  {
    name: 'following a link out of the workspace',
    control: 'anyone',
    argv: node(`
      fs.symlinkSync(world.folder, join(world.own, 'link'));
      tries(() => fs.readFileSync(join(world.own, 'link', 'secret')))`),
  },
  {
    name: 'having the kernel run a program when another one crashes',
    control: 'root',
    argv: node(`tries(() => opens('/proc/sys/kernel/core_pattern', 'r+'))`),
  },
  {
    name: 'asking the kernel for a restart',
    control: 'root',
    needs: '/proc/sysrq-trigger',
    argv: node(`tries(() => opens('/proc/sysrq-trigger', 'r+'))`),
  },
  {
    name: 'having the kernel run a program when a cgroup is empty',
    control: 'anyone',
    argv: node(`tries(() => fs.readdirSync('/sys/fs/cgroup'), () => fs.readdirSync('/sys/kernel'))`),
  },
  { name: 'becoming root', control: 'root', argv: perl(`$< = $> = 0; say_so($> == 0);`) },
  {
    name: 'gaining by a program that runs as its owner',
    control: 'anyone',
    argv: node(`say(/NoNewPrivs:\\t0/.test(fs.readFileSync('/proc/self/status', 'utf8')), 'no new privileges')`),
  },
  {
    name: 'reading the environment of the worker',
    control: 'anyone',
    argv: node(`
      const seen = numbers().map((pid) => { try { return fs.readFileSync('/proc/' + pid + '/environ', 'utf8'); } catch { return ''; } });
      say((seen.join() + JSON.stringify(process.env)).includes('secret-of-the-worker'), 'not there')`),
  },
];
