// The exception filters of the whole application, for the clients of an adapter that asks for them (`useGlobalFilters`): Nest
// leaves them out for gateways. Those that are made for each request are not among them.

import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';
import { catches } from './catches.js';

/** By client, since one gateway's class may serve several applications. */
const applications = new WeakMap<object, ApplicationConfig>();

/** From now on, exceptions that the messages of this client cause go to the filters of its application too. */
export function useGlobalFiltersFor(client: object, application: ApplicationConfig): void {
  applications.set(client, application);
}

/** The global filter for an exception, the last declared first as with Nest. */
export function globalFilterFor(exception: unknown, host: ArgumentsHost): ExceptionFilter | undefined {
  const filters = applications.get(host.switchToWs().getClient<object>())?.getGlobalFilters() ?? [];
  return filters.toReversed().find((filter) => catches(filter, exception));
}
