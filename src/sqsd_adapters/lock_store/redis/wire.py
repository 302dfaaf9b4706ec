"""The lock table as a Lua script, with its arguments and its answers; pure."""

from collections.abc import Sequence
from hashlib import sha1

from sqsd_adapters.lock_store.steps import Step, Verb, are_answers, holder, queue_hash
from sqsd_core.errors import LockStoreUnavailable

#: One call carries many locks, a key each, and many steps, done in order. A step is three arguments (verb, number of
#: keys, milliseconds) and a holder for each of its keys; locks to complete have none.
#: The answer has one letter per key. The table itself is in ``sqsd_core.policy.locking``.
SCRIPT = """
local letters = {}
local i, arg = 0, 1
while ARGV[arg] do
  local verb, count, milliseconds = ARGV[arg], tonumber(ARGV[arg + 1]), ARGV[arg + 2]
  arg = arg + 3
  for _ = 1, count do
    i = i + 1
    local key = KEYS[i]
    local now = redis.call('GET', key)
    local letter = '.'
    if verb == 'complete' then
      if now ~= 'done' or redis.call('PTTL', key) < tonumber(milliseconds) then
        redis.call('SET', key, 'done', 'PX', milliseconds)
      end
    else
      local holder = ARGV[arg]
      arg = arg + 1
      if verb == 'acquire' then
        if not now or now == holder then
          redis.call('SET', key, holder, 'PX', milliseconds)
          letter = 'A'
        elseif now == 'done' then
          letter = 'D'
        else
          letter = 'H'
        end
      elseif verb == 'renew' then
        if now == holder then
          redis.call('PEXPIRE', key, milliseconds)
        else
          letter = 'L'
        end
      elseif verb == 'release' then
        if now == holder then
          redis.call('DEL', key)
        end
      end
    end
    letters[i] = letter
  end
end
return table.concat(letters)
"""
DIGEST = sha1(SCRIPT.encode(), usedforsecurity=False).hexdigest()


def key_prefix(prefix: str, queue_url: str) -> str:
    return f"{prefix}:{queue_hash(queue_url)}:"


def read_letters(answer: object, steps: Sequence[Step]) -> str:
    """Read the script's answer: one letter per lock.

    Raises:
        LockStoreUnavailable: it is something else.
    """
    if isinstance(answer, bytes):
        text = answer.decode("latin-1")
        if are_answers(text, steps):
            return text
    raise LockStoreUnavailable("Redis: answer not understood; is the program at this address Redis?")


def arguments(steps: Sequence[Step], *, prefix: str) -> list[str]:
    """What follows ``EVALSHA digest``: the number of keys, the keys, and the arguments of each step."""
    keys = [prefix + message_id for step in steps for message_id, _ in step.locks]
    listed = [str(len(keys)), *keys]
    for verb, locks, milliseconds in steps:
        listed += (verb.value, str(len(locks)), str(milliseconds))
        if verb is not Verb.COMPLETE:
            listed += map(holder, locks)
    return listed


def packed(command: Sequence[str]) -> bytes:
    """A command as Redis's protocol has it; redis-py takes ten times as long per argument."""
    words = [word.encode() for word in command]
    return b"*%d\r\n%b" % (len(words), b"".join([b"$%d\r\n%b\r\n" % (len(word), word) for word in words]))
