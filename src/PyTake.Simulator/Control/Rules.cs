using System.ComponentModel.DataAnnotations;
using PyTake.Simulator.Graph;
using PyTake.Simulator.Messages;

namespace PyTake.Simulator.Control;

/// <summary>
/// Answers requests to send to a customer (to any customer, without <c>To</c>) with an HTTP status and error, after a
/// delay, a number of times (always, without <c>Times</c>). Status 200 lets the request through; with a delay, the
/// message is accepted late. With <c>Number</c> it answers look-ups of that number instead, of any with <c>*</c>; with a long delay they hang.
/// </summary>
public sealed record Rule(
    int Status,
    string? To = null,
    GraphError? Error = null,
    int DelayMs = 0,
    int? Times = null,
    string? Number = null) : IValidatableObject
{
    internal IResult? Refusal => Status == 200 ? null : (Error ?? GraphError.For(Status)).ToResult(Status);

    internal bool IsFor(Recipient recipient) =>
        Number is null && (To is null || To == recipient.Input || To == recipient.UserId || Recipient.Digits(To) == recipient.WaId);

    internal bool IsForLookUpOf(string number) => Number == "*" || Number == number;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Status is not 200 and not (>= 400 and <= 599))
            yield return new("status must be 200, or 400 to 599", ["status"]);
        if (Status == 200 && Error is not null)
            yield return new("error needs a status from 400", ["error"]);
        if (DelayMs is < 0 or > 3_600_000)
            yield return new("delay_ms must be 0 to 3600000", ["delay_ms"]);
        if (Number is not null && To is not null)
            yield return new("a rule is for a customer or for look-ups of a number", ["number"]);
        if (Times < 1)
            yield return new("times must be 1 or more", ["times"]);
    }
}

/// <summary>The rules in force. Of several that match, the oldest answers until its <c>Times</c> are used up.</summary>
internal sealed class Rules
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

    private Rule? Take(Predicate<Rule> isFor)
    {
        lock (_lock)
        {
            var index = _rules.FindIndex(isFor);
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
