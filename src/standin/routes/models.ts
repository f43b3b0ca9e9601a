/** `/v1/models`: what is served today, by the stand-in's clock, and until when. */
import type { ModelFigures } from '../../catalogue/catalogue.ts';
import type { Exchange } from '../http/exchange.ts';
import { route, type Route } from '../http/router.ts';
import { STAND_IN_NAME } from '../protocol/response-object.ts';
import type { World } from '../world.ts';

export const modelRoutes = ({ models }: World): Route[] => [
  route('GET', '/v1/models', (exchange: Exchange) =>
    exchange.json({ object: 'list', data: models.list().map((model) => shown(model)) }),
  ),
  route('GET', '/v1/models/:id', (exchange: Exchange) => {
    const [id = ''] = exchange.params;
    exchange.json(shown(models.get(id), id));
  }),
];

const shown = ({ id, shutdown }: ModelFigures, name = id) => ({
  ...{ id: name, object: 'model', created: 0, owned_by: STAND_IN_NAME },
  shutdown_date: shutdown ?? null,
});
