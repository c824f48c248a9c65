using System.ComponentModel.DataAnnotations;
using PyTake.Simulator.Graph;
using PyTake.Simulator.Messages;

namespace PyTake.Simulator.Control;

/// <summary>
/// Answers requests to send to a customer (to anybody, without <c>To</c>) with an HTTP status and error, after a delay,
/// so many times (always, without <c>Times</c>). Status 200 lets the request through, so with a delay it is a message
/// that is accepted late.
/// </summary>
public sealed record Rule(
    int Status,
    string? To = null,
    GraphError? Error = null,
    int DelayMs = 0,
    int? Times = null) : IValidatableObject
{
    internal IResult? Refusal => Status == 200 ? null : (Error ?? GraphError.For(Status)).ToResult(Status);

    internal bool IsFor(Recipient recipient) =>
        To is null || To == recipient.Input || To == recipient.UserId || Recipient.Digits(To) == recipient.WaId;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Status is not 200 and not (>= 400 and <= 599))
            yield return new("status must be 200, or 400 to 599", ["status"]);
        if (Status == 200 && Error is not null)
            yield return new("error needs a status from 400", ["error"]);
        if (DelayMs is < 0 or > 3_600_000)
            yield return new("delay_ms must be 0 to 3600000", ["delay_ms"]);
        if (Times < 1)
            yield return new("times must be 1 or more", ["times"]);
    }
}

/// <summary>The rules in force. Of several that fit, the oldest answers until its times are used up.</summary>
internal sealed class Rules
{
    private readonly Lock _lock = new();
    private readonly List<Rule> _rules = [];

    public void Add(Rule rule)
    {
        lock (_lock)
            _rules.Add(rule);
    }

    /// <summary>The rules with the times that are left to them.</summary>
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

    /// <summary>Uses the rule that answers this recipient's request once, null where there is none.</summary>
    public Rule? Take(Recipient recipient)
    {
        lock (_lock)
        {
            var index = _rules.FindIndex(rule => rule.IsFor(recipient));
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
