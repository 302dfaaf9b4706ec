"""How a named tuple is made where one is made per message."""

#: ``new(Lock, (message_id, token))`` is ``Lock(message_id, token)`` with 1,300 instructions less. The values are in the
#: order of the fields and none is left out; no type checker compares them.
new = tuple.__new__
