"""Runs the house on one machine: embedded stores, a supervisor, and `manage.py up` on top.

    binaries, folders, ports, address, locks     what a server needs: its program, a place, a port, to be alone
    spawn, child, leftovers                      starts programs that die with us; finds those that did not
    server -> postgres, redis                    the embedded servers, for `up` and for the tests
    process, supervisor, subreaper, sweeper      keeps processes running, leaves none behind
    output                                       who says what, to the terminal and the log
    stores, roster, check, stop                  Stampede's own: which stores, which processes, how durable

Knows no Django and no other room. Start reading at `supervisor.py`, or at `server.py`.
"""
