using PyTake.Faults.Consumers;
using PyTake.Faults.Load;

namespace PyTake.Faults.Checking;

/// <summary>The checker gets evidence that is right, and then the same with one thing wrong.</summary>
public sealed class CheckerTests
{
    private static readonly Guid Conversation = new("11111111-0000-0000-0000-000000000001");
    private static readonly Guid First = new("22222222-0000-0000-0000-000000000001");
    private static readonly Guid Second = new("22222222-0000-0000-0000-000000000002");
    private static readonly Guid Answer = new("22222222-0000-0000-0000-000000000003");

    // Two messages of a customer, and an agent's answer, which was created with seq 3 and then had three status changes: 4, 5 and 6.
    private static readonly StoredMessage[] Messages =
    [
        new(First, Conversation, 1, 1, 1, "received", "wamid.1", null, "one", 0, null),
        new(Second, Conversation, 2, 2, 2, "received", "wamid.2", null, "two", 0, null),
        new(Answer, Conversation, 6, 3, null, "read", "wamid.3", "key", "answer", 3, null),
    ];

    private static readonly Stored Stored = new(Messages, [new(Conversation, 6, 4, 2, 3)], 4, [], []);

    private readonly CustomerMessage _one = Acknowledged("wamid.1"), _two = Acknowledged("wamid.2");
    private readonly AgentMessage _answer = Answered("key", Answer);

    [Fact]
    public void Nothing_is_wrong_where_all_agree() => Assert.Empty(Checker.Check(Right()));

    [Fact]
    public void A_message_that_was_acknowledged_and_is_not_stored_is_lost()
        => Complains(Breach.Lost, "wamid.4 was answered 200", Right() with { FromCustomers = [_one, _two, Acknowledged("wamid.4")] });

    [Fact]
    public void A_message_that_is_to_be_parked_must_be_and_no_other_may_be()
    {
        var large = new CustomerMessage("wamid.4", "5511900000001", "large") { Fate = Fate.Parked };
        large.Send();
        large.Acknowledge();
        var right = Right() with { FromCustomers = [_one, _two, large] };
        Assert.Empty(Checker.Check(right with { Stored = Stored with { Parked = ["wamid.4"] } }));
        Complains(Breach.Lost, "wamid.4 was answered 200 but is not parked", right);
        Complains(Breach.Stuck, "wamid.5 is parked", right with { Stored = Stored with { Parked = ["wamid.4", "wamid.5"] } });
    }

    [Fact]
    public void One_that_was_never_acknowledged_may_be_missing()
        => Assert.Empty(Checker.Check(Right() with { FromCustomers = [_one, _two, Sent("wamid.4")] }));

    [Fact]
    public void A_message_that_is_stored_twice_is_repeated()
        => Complains(Breach.Repeated, "wamid.2 is in the database 2 times", With(Messages[0] with { Wamid = "wamid.2" }));

    [Fact]
    public void A_message_before_one_that_was_acknowledged_when_it_was_sent_is_out_of_order()
        => Complains(Breach.OutOfOrder, "wamid.1 is stored after", With(Messages[0] with { Seq = 2, CreatedSeq = 2 }, Messages[1] with { Seq = 1, CreatedSeq = 1 }));

    [Fact]
    public void Messages_that_were_under_way_together_may_come_either_way()
    {
        var (one, two) = (Sent("wamid.1"), Sent("wamid.2"));
        one.Acknowledge();
        two.Acknowledge();
        var swapped = With(Messages[0] with { Seq = 2, CreatedSeq = 2 }, Messages[1] with { Seq = 1, CreatedSeq = 1 });
        Assert.DoesNotContain(Checker.Check(swapped with { FromCustomers = [one, two] }), v => v.Breach == Breach.OutOfOrder);
    }

    [Fact]
    public void A_number_that_is_taken_twice_is_noticed()
        => Complains(Breach.Hole, "1 numbers are taken twice", With(Messages[1] with { Seq = 1, CreatedSeq = 1 }));

    [Fact]
    public void A_number_that_was_not_superseded_is_a_hole()
        => Complains(Breach.Hole, "numbers are missing, and only 0 were superseded", With(Messages[2] with { Ticks = 1 }));

    [Fact]
    public void One_that_was_called_failed_and_arrived_after_all_has_had_one_more()
        => Assert.DoesNotContain(Checker.Check(With(Messages[2] with { Ticks = 2, WasLate = true })), v => v.Breach == Breach.Hole);

    [Fact]
    public void A_counter_that_ran_ahead_of_the_messages_is_noticed()
        => Complains(Breach.Hole, "its last number is 9", Right() with { Stored = Stored with { Conversations = [new(Conversation, 9, 4, 2, 3)] } });

    [Fact]
    public void Wrong_counts_are_noticed()
    {
        Complains(Breach.Hole, "counts 5 of the customer's", Right() with { Stored = Stored with { Conversations = [new(Conversation, 6, 4, 5, 3)] } });
        Complains(Breach.Hole, "counts 8 messages", Right() with { Stored = Stored with { Conversations = [new(Conversation, 6, 4, 2, 8)] } });
        Complains(Breach.Hole, "not numbered 1, 2, 3", With(Messages[1] with { InboundNumber = 3 }));
        Complains(Breach.Hole, "the list's counter is 7", Right() with { Stored = Stored with { InboxSeq = 7 } });
    }

    [Fact]
    public void A_key_that_was_answered_with_two_messages_is_noticed()
    {
        _answer.Answered(Guid.NewGuid());
        Complains(Breach.Repeated, "key key was answered with 2 messages", Right());
    }

    [Fact]
    public void An_agents_message_that_was_answered_and_is_not_stored_is_lost()
        => Complains(Breach.Lost, "the message of key other", Right() with { FromAgents = [_answer, Answered("other", Guid.NewGuid())] });

    [Fact]
    public void A_message_that_the_customer_got_twice_is_noticed()
        => Complains(Breach.SentTwice, "got the message of key key 2 times", Right() with { Asked = [new("answer", true), new("answer", true)] });

    [Fact]
    public void Refused_attempts_before_the_one_that_was_taken_are_in_order()
        => Assert.Empty(Checker.Check(Right() with { Asked = [new("answer", false), new("answer", false), new("answer", true)] }));

    [Fact]
    public void A_message_that_is_called_failed_and_arrived_is_noticed_unless_it_could_not_be_known()
    {
        Complains(Breach.SentTwice, "marked as failed (131026)", With(Messages[2] with { Status = "failed", ErrorCode = "131026" }));
        Assert.DoesNotContain(Checker.Check(With(Messages[2] with { Status = "failed", ErrorCode = "timeout" })), v => v.Breach == Breach.SentTwice);
    }

    [Fact]
    public void A_message_that_is_called_sent_and_that_Meta_never_took_is_noticed()
        => Complains(Breach.Lost, "Meta never accepted it", Right() with { Asked = [] });

    [Fact]
    public void Work_that_is_left_undone_is_noticed()
    {
        Complains(Breach.Stuck, "3 webhook items wait", Right() with { Stored = Stored with { Waiting = ["3 webhook items wait"] } });
        Complains(Breach.Stuck, "still pending", With(Messages[2] with { Status = "pending" }));
    }

    [Fact]
    public void A_screen_without_a_message_has_lost_it()
        => Complains(Breach.Lost, $"does not show message {Second}", Showing(Message(1, First, "one"), Message(6, Answer, "answer", "read")));

    [Fact]
    public void A_screen_with_an_old_state_has_lost_the_new_one()
        => Complains(Breach.Lost, "as delivered (5), but it is read (6)", Showing([.. Seen(), Status(5, Answer, "delivered")]));

    [Fact]
    public void A_screen_that_got_changes_backwards_is_out_of_order()
        => Complains(Breach.OutOfOrder, "Status 6 came after Status 6", Showing([.. Seen(), Status(6, Answer, "read"), Status(6, Answer, "read")]));

    [Fact]
    public void A_status_and_the_message_that_it_was_read_from_are_one_change()
    {
        var updated = new Observation(0, 1, ObservationKind.Updated, Conversation, Answer, 6, Status: "read", Text: "answer");
        Assert.Empty(Checker.Check(Showing([.. Seen(), Status(6, Answer, "read"), updated])));
        Complains(Breach.OutOfOrder, "Updated 6 came after Updated 6", Showing([.. Seen(), Status(6, Answer, "read"), updated, updated]));
    }

    [Fact]
    public void A_message_that_is_reported_as_new_twice_is_noticed()
        => Complains(Breach.OutOfOrder, "was reported as New, but was known already", Showing([.. Seen(), Message(6, Answer, "answer", "read")]));

    [Fact]
    public void A_status_of_a_message_that_never_arrived_is_noticed()
        => Complains(Breach.OutOfOrder, "was reported as Status, but was not known", Showing([Status(4, Answer, "sent")]));

    [Fact]
    public void A_screen_with_a_message_of_somewhere_else_is_noticed()
        => Complains(Breach.Foreign, "which is not in conversation", Showing([.. Seen(), Message(4, Guid.NewGuid(), "not ours"), Status(6, Answer, "read")]));

    [Fact]
    public void A_list_that_is_behind_has_lost_something()
        => Complains(Breach.Lost, "lists conversation", Right(list: List((3, 5))));

    [Fact]
    public void A_list_with_a_conversation_of_others_is_noticed()
    {
        var list = List((4, 6));
        list.Show(Listed(Guid.NewGuid(), 5, 1));
        Complains(Breach.Foreign, "not its organization's", Right(list: list));
    }

    [Fact]
    public void An_event_of_another_organization_is_noticed()
    {
        var right = Right();
        Complains(Breach.Foreign, "received conversation:updated of organization", right with { Shown = [right.Shown[0] with { Foreign = ["conversation:updated of organization X"] }] });
    }

    [Fact]
    public void A_client_that_gave_something_up_is_noticed()
    {
        var right = Right();
        Complains(Breach.Lost, "consumer 0: the client closed itself", right with { Shown = [right.Shown[0] with { Broken = ["the client closed itself: session_ended"] }] });
    }

    private static void Complains(Breach breach, string words, Evidence evidence)
        => Assert.Contains(Checker.Check(evidence), v => v.Breach == breach && v.Text.Contains(words, StringComparison.Ordinal));

    private Evidence Right(ConversationView? view = null, ListView? list = null) => new(
        [_one, _two], [_answer], [new("answer", true)], Stored,
        [new Shown("consumer 0", [view ?? View([.. Seen(), Status(6, Answer, "read")])], list ?? List((4, 6)), [])]);

    // The same as Right, with these rows instead of those with the same ids.
    private Evidence With(params StoredMessage[] changed) =>
        Right() with { Stored = Stored with { Messages = [.. Messages.Where(m => changed.All(c => c.Id != m.Id)), .. changed] } };

    private Evidence Showing(params Observation[] all) => Right(view: View(all));

    private static Observation[] Seen() => [Message(1, First, "one"), Message(2, Second, "two"), Message(3, Answer, "answer", "pending")];

    private static ConversationView View(Observation[] all)
    {
        var view = new ConversationView(Conversation);
        foreach (var observation in all) view.Show(observation);
        return view;
    }

    private static ListView List((long InboxSeq, long LastSeq) at)
    {
        var list = new ListView();
        list.Show(Listed(Conversation, at.InboxSeq, at.LastSeq));
        return list;
    }

    private static Observation Message(long seq, Guid id, string text, string status = "received") =>
        new(0, 1, ObservationKind.New, Conversation, id, seq, Status: status, Text: text);

    private static Observation Status(long seq, Guid id, string status) => new(0, 1, ObservationKind.Status, Conversation, id, seq, Status: status);

    private static Observation Listed(Guid conversation, long inboxSeq, long lastSeq) => new(0, 1, ObservationKind.Listed, conversation, Seq: inboxSeq, LastSeq: lastSeq);

    private static CustomerMessage Sent(string wamid)
    {
        var message = new CustomerMessage(wamid, "5511900000001", wamid);
        message.Send();
        return message;
    }

    private static CustomerMessage Acknowledged(string wamid)
    {
        var message = Sent(wamid);
        message.Acknowledge();
        return message;
    }

    private static AgentMessage Answered(string key, Guid id)
    {
        var message = new AgentMessage(key, Conversation, key == "key" ? "answer" : key);
        message.Answered(id);
        return message;
    }
}
