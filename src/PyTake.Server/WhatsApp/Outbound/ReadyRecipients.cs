using PyTake.Conversations;

namespace PyTake.WhatsApp.Outbound;

/// <summary>
/// Recipients that may have something to be sent, without duplicates. They are taken from the numbers in turn, so that a number with a thousand
/// of them gets no more than one with two. Bounded: the sweep finds again what does not fit. Not thread-safe: only the sender's loop uses it.
/// </summary>
internal sealed class ReadyRecipients(int capacity)
{
    private readonly Dictionary<Guid, Recipients> _numbers = [];
    private readonly Queue<Guid> _turns = [];

    public int Count { get; private set; }

    /// <summary>Numbers with at least this many recipients waiting.</summary>
    public Guid[] NumbersWith(int count) => [.. _numbers.Where(n => n.Value.Queue.Count >= count).Select(n => n.Key)];

    public void Add(Recipient recipient)
    {
        if (Count >= capacity) return;
        if (!_numbers.TryGetValue(recipient.WhatsappNumberId, out var recipients))
        {
            _numbers[recipient.WhatsappNumberId] = recipients = new([], []);
            _turns.Enqueue(recipient.WhatsappNumberId);
        }
        if (!recipients.Known.Add(recipient.ContactId)) return;
        recipients.Queue.Enqueue(recipient.ContactId);
        Count++;
    }

    /// <summary>Takes up to this many, one of each number in turn, of the numbers that may send.</summary>
    /// <param name="mayTake">Called before each is taken; if it returns true, one of that number is taken.</param>
    public List<Recipient> Take(int count, Predicate<Guid> mayTake)
    {
        var taken = new List<Recipient>();
        var refused = 0;
        while (taken.Count < count && refused < _turns.Count)
        {
            var number = _turns.Dequeue();
            if (!mayTake(number))
            {
                _turns.Enqueue(number);
                refused++;
                continue;
            }
            refused = 0;
            taken.Add(new Recipient(number, Next(number)));
        }
        return taken;
    }

    private Guid Next(Guid number)
    {
        var recipients = _numbers[number];
        var contact = recipients.Queue.Dequeue();
        recipients.Known.Remove(contact);
        Count--;
        if (recipients.Queue.Count > 0) _turns.Enqueue(number);
        else _numbers.Remove(number);
        return contact;
    }

    private sealed record Recipients(Queue<Guid> Queue, HashSet<Guid> Known);
}
