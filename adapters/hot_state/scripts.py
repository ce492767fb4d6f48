"""The Lua scripts that make hot state atomic in Redis. Text only; redis.py calls them.

A command's key holds either the running mark or the answer. Times are milliseconds.
"""

from typing import Final

RUNNING: Final = b"running"
GONE: Final = b""  # told to those who wait when a mark was dropped without an answer

# KEYS: command. ARGV: running mark, its time to live. Returns what was there, nil when nothing was.
BEGIN: Final = """
local there = redis.call('GET', KEYS[1])
if not there then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
return there
"""

# KEYS: command. ARGV: answer, its time to live, channel.
CONCLUDE: Final = """
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('PUBLISH', ARGV[3], ARGV[1])
"""

# KEYS: command. ARGV: running mark, what to tell, channel. An answer stays.
ABANDON: Final = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('DEL', KEYS[1])
  redis.call('PUBLISH', ARGV[3], ARGV[2])
end
"""

# KEYS: lock, last token of all locks (without expiry). ARGV: time to live.
# One counter for all names keeps the memory bounded; starting from the server's clock in
# microseconds keeps tokens rising even when the server has lost everything.
LOCK: Final = """
if redis.call('EXISTS', KEYS[1]) == 1 then return false end
local time = redis.call('TIME')
local token = tonumber(time[1]) * 1000000 + tonumber(time[2])
local last = tonumber(redis.call('GET', KEYS[2]) or '0')
if token <= last then token = last + 1 end
local text = string.format('%.0f', token)
redis.call('SET', KEYS[2], text)
redis.call('SET', KEYS[1], text, 'PX', ARGV[1])
return text
"""

# KEYS: lock. ARGV: token. Returns 1 when the lock was ours.
UNLOCK: Final = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
"""

# KEYS: window. ARGV: gateway, 1 or 0, time to live.
RECORD_OUTCOME: Final = """
redis.call('HINCRBY', KEYS[1], 'ok:' .. ARGV[1], ARGV[2])
redis.call('HINCRBY', KEYS[1], 'all:' .. ARGV[1], 1)
redis.call('PEXPIRE', KEYS[1], ARGV[3])
"""

# KEYS: windows. ARGV: gateways. Returns ok and all of each, one after the other.
RECENT_OUTCOMES: Final = """
local fields, sums = {}, {}
for index, gateway in ipairs(ARGV) do
  fields[2 * index - 1], fields[2 * index] = 'ok:' .. gateway, 'all:' .. gateway
end
for index = 1, #fields do sums[index] = 0 end
for _, window in ipairs(KEYS) do
  for index, count in ipairs(redis.call('HMGET', window, unpack(fields))) do
    if count then sums[index] = sums[index] + tonumber(count) end
  end
end
return sums
"""

ALL: Final = (BEGIN, CONCLUDE, ABANDON, LOCK, UNLOCK, RECORD_OUTCOME, RECENT_OUTCOMES)
