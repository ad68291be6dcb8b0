"""HTTP, for every trade: the edge, bodies, strict JSON, lean views, refusals as problems, health."""
