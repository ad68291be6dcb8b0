"""PostgreSQL as a Django engine that never keeps a person waiting: `ENGINE = "core.postgres"`.

    connection.py   a psycopg connection whose every wait has a deadline on our side (a paused server sends no error)
    breaker.py      after a time-out or a refused connection: fail at once for a second, then let one try
    gate.py         where connections are taken: a bulkhead, the breaker, and the idle connections
    base.py         Django's DatabaseWrapper on top of it

What is away becomes `django.db.OperationalError`, which the edge answers with 503; a full bulkhead raises
`Overloaded`; a connection that is lost during COMMIT raises `OutcomeUnknown`.
"""
