-- A buyer's numbered slots are one text, "1001,0,7": slot 1 holds item 1001, slot 2 is free, slot 3 holds item 7.
-- Held and sold items both keep their slot, so the limit needs no counter.

-- slots_of(text): the list of items, 0 for a free slot.
local function slots_of(text)
  local slots = {}
  for item in string.gmatch(text or '', '%d+') do
    slots[#slots + 1] = tonumber(item)
  end
  return slots
end

-- free_slot(slots, limit): the first number that is free, or nil.
local function free_slot(slots, limit)
  for number = 1, limit do
    if (slots[number] or 0) == 0 then
      return number
    end
  end
end

-- is_among(slots, item): whether the buyer has it, held or sold.
local function is_among(slots, item)
  for _, theirs in ipairs(slots) do
    if theirs == item then
      return true
    end
  end
  return false
end

-- slots_with(text, slot, item): the text after `item` (0 to free it) is put into `slot`.
local function slots_with(text, slot, item)
  local slots = slots_of(text)
  for empty = #slots + 1, slot - 1 do
    slots[empty] = 0
  end
  slots[slot] = item
  return table.concat(slots, ',')
end
