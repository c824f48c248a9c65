using System.Collections.Concurrent;
using PyTake.Simulator.Graph;
using PyTake.Simulator.Messages;

namespace PyTake.Simulator.Threads;

/// <summary>
/// Who answers in the thread of a number and a customer (conversation-routing/thread-lifecycle): the app under test, or a role of
/// Meta's, such as <c>ai_agent</c>. A thread that was released goes back to whoever had it before the app.
/// </summary>
internal sealed class ThreadOwners
{
    public const string App = "app";

    private readonly ConcurrentDictionary<(string Number, string Customer), string> _owners = new();
    private readonly ConcurrentDictionary<(string Number, string Customer), string> _before = new();

    public string Of(BusinessNumber number, string customer) => _owners.GetValueOrDefault((number.Id, customer), App);

    public void Set(BusinessNumber number, string customer, string owner)
    {
        var thread = (number.Id, customer);
        if (Of(number, customer) is var now && now != App)
            _before[thread] = now;
        _owners[thread] = owner;
    }

    /// <summary>What a request to <c>/thread_control</c> leads to; null if the app may not ask for it.</summary>
    public string? Next(BusinessNumber number, Recipient recipient, string action, string? targetRole)
    {
        var isOwn = Of(number, recipient.Id) == App;
        return action switch
        {
            "take" => App,
            "release" when isOwn => _before.GetValueOrDefault((number.Id, recipient.Id), App),
            "pass" when isOwn => targetRole ?? "escalation",
            _ => null,
        };
    }
}
