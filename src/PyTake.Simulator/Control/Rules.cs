using System.ComponentModel.DataAnnotations;
using PyTake.Simulator.Graph;
using PyTake.Simulator.Messages;

namespace PyTake.Simulator.Control;

/// <summary>
/// Answers requests to send to a customer (to any customer, without <c>To</c>) with an HTTP status and error, after a
/// delay, a number of times (always, without <c>Times</c>). Status 200 lets the request through; with a delay, the
/// message is accepted late. With <c>Number</c> it answers look-ups of that number instead, of any with <c>*</c>; with a long delay they hang.
/// With <c>Media</c> it answers for files instead of messages: requests for an address
/// (<c>lookup</c>), for the bytes (<c>download</c>) or with a new file (<c>upload</c>); with status 200 a lookup or a
/// download may have a <c>Fault</c>: <c>wrong_hash</c>, or <c>truncated</c> bytes.
/// </summary>
public sealed record Rule(
    int Status,
    string? To = null,
    GraphError? Error = null,
    int DelayMs = 0,
    int? Times = null,
    string? Number = null,
    string? Media = null,
    string? Fault = null) : IValidatableObject
{
    internal IResult? Refusal => Status == 200 ? null : (Error ?? GraphError.For(Status)).ToResult(Status);

    internal bool IsFor(Recipient recipient) =>
        Number is null && Media is null && (To is null || To == recipient.Input || To == recipient.UserId || Recipient.Digits(To) == recipient.WaId);

    internal bool IsForLookUpOf(string number) => Number == "*" || Number == number;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Status is not 200 and not (>= 400 and <= 599))
            yield return new("status must be 200, or 400 to 599", ["status"]);
        if (Status == 200 && Error is not null)
            yield return new("error needs a status from 400", ["error"]);
        if (DelayMs is < 0 or > 3_600_000)
            yield return new("delay_ms must be 0 to 3600000", ["delay_ms"]);
        if (Number is not null && (To is not null || Media is not null))
            yield return new("a rule is for a customer, for look-ups of a number, or for files", ["number"]);
        if (Media is not (null or "lookup" or "download" or "upload"))
            yield return new("media must be lookup, download or upload", ["media"]);
        if (Fault is not (null or "wrong_hash" or "truncated") || Fault is not null && (Status != 200 || Media is not ("lookup" or "download")))
            yield return new("fault must be wrong_hash or truncated, of a lookup or download with status 200", ["fault"]);
        if (Times < 1)
            yield return new("times must be 1 or more", ["times"]);
    }
}

/// <summary>The rules in force. Of several that match, the oldest answers until its <c>Times</c> are used up.</summary>
internal sealed class Rules(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly List<Rule> _rules = [];

    public void Add(Rule rule)
    {
        lock (_lock)
            _rules.Add(rule);
    }

    /// <summary>The rules, each with the number of times it has left.</summary>
    public Rule[] List()
    {
        lock (_lock)
            return [.. _rules];
    }

    public void Clear()
    {
        lock (_lock)
            _rules.Clear();
    }

    /// <summary>Returns the rule that answers this recipient's request and uses up one of its times; null if none matches.</summary>
    public Rule? Take(Recipient recipient) => Take(rule => rule.IsFor(recipient));

    /// <summary>The same for a look-up of a number.</summary>
    public Rule? TakeForLookUp(string number) => Take(rule => rule.IsForLookUpOf(number));

    /// <summary>The same for a request about a file: <c>lookup</c>, <c>download</c> or <c>upload</c>. Waits as long as the rule says.</summary>
    public async Task<Rule?> TakeAsync(string media, CancellationToken cancellationToken)
    {
        var rule = Take(rule => rule.Media == media);
        if (rule is { DelayMs: > 0 })
            await Task.Delay(TimeSpan.FromMilliseconds(rule.DelayMs), time, cancellationToken);
        return rule;
    }

    private Rule? Take(Predicate<Rule> matches)
    {
        lock (_lock)
        {
            var index = _rules.FindIndex(matches);
            if (index < 0)
                return null;
            var rule = _rules[index];
            if (rule.Times == 1)
                _rules.RemoveAt(index);
            else
                _rules[index] = rule with { Times = rule.Times - 1 };
            return rule;
        }
    }
}
