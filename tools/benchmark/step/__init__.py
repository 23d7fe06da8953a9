"""How fast a training step and an evaluation are, without any data: our loop, a bare loop, and the peers' networks.

`command` reads the command line, `run` lets everybody take turns, `report` makes the table. Each contestant is a
process of its own (`process`), which builds what `contestants` describes and runs steps when it is told to.
"""
