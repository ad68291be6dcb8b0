-- journal_at(journal_key, epoch, seq): an appender for the journal whose last entry is `<epoch>-<seq>`.
-- append(...) writes the next entry; head() is the sequence of the last one. The caller stores head() in meta.
local function journal_at(journal_key, epoch, seq)
  local last = tonumber(seq)
  local function append(...)
    last = last + 1
    redis.call('XADD', journal_key, epoch .. '-' .. string.format('%d', last), ...)
  end
  local function head()
    return string.format('%d', last)
  end
  return append, head
end
