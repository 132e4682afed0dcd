// The keys under which Nest's decorators leave their metadata. Nest exports them from no package root, so they are named
// here; a test compares each with what the decorators write.

export const GATEWAY_METADATA = 'websockets:is_gateway';
export const EXCEPTION_FILTERS_METADATA = '__exceptionFilters__';
