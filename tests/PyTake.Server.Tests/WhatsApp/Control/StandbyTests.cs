using System.Net;
using System.Text;
using System.Text.Json;
using PyTake.WhatsApp.Ingest;

namespace PyTake.WhatsApp.Control;

/// <summary>Conversations that somebody else answers: what Meta tells of them, through REST.</summary>
public abstract class StandbyTests(NodeFixture fixture)
{
    private readonly TestNode _node = fixture.Node;

    [Fact]
    public async Task What_is_said_with_somebody_else_is_shown_as_theirs_and_waits_for_nobody_here()
    {
        var organization = await Play("69-standby-inbound", "69-standby-echo", "69-standby-status", "69-standby-echo-template", "69-standby-several");

        var conversation = Assert.Single(await Conversations(organization));
        Assert.Equal(("other", "pending"), (conversation.Text("controlled_by"), conversation.Text("status")));
        var messages = await Messages(organization, conversation);
        Assert.Equal(
            ["inbound contact received other", "outbound bot read other", "outbound bot sent other", "inbound contact received other"],
            messages.Select(m => $"{m.Text("direction")} {m.Text("sender_type")} {m.Text("status")} {m.Text("controlled_by")}"));
        Assert.Equal("Sim, das 9h às 18h 🙂", messages[1].GetProperty("content").Text("text"));
        Assert.Equal(("horarios", "pt_BR"), (messages[2].GetProperty("content").Text("name"), messages[2].GetProperty("content").Text("language")));
        Assert.Equal("👍", messages[1].GetProperty("reactions")[0].Text("emoji"));
        (await organization.Agent.Http.Post("/api/v1/queue/pull")).Expect(HttpStatusCode.NotFound);
        Assert.Equal(0, await _node.Database.SingleAsync<int>(
            "select count(*)::int from webhook_items_set_aside where phone_number_id = @PhoneNumberId", new { organization.Number.PhoneNumberId }));
    }

    [Fact]
    public async Task A_message_that_comes_to_us_gives_us_the_conversation()
    {
        var organization = await Play("69-standby-inbound");
        await Meta.Deliver(_node, Meta.Text(organization.Number, "5511977770069", "Alguém aí?"));

        var conversation = Assert.Single(await Conversations(organization));
        Assert.Equal(("self", "open"), (conversation.Text("controlled_by"), conversation.Text("status")));
        var messages = await Messages(organization, conversation);
        Assert.Equal(["text", "handover", "text"], messages.Select(m => m.Text("message_type")));
        Assert.Equal(("routed", "other", "self"), Line(messages[1]));
        Assert.False(messages[2].TryGetProperty("controlled_by", out _));
    }

    [Fact]
    public async Task An_answer_to_a_request_for_calls_gives_us_nothing()
    {
        var organization = await Play("69-standby-inbound");
        await Meta.Deliver(_node, Meta.Other(organization.Number, "5511977770069", "interactive",
            new { type = "call_permission_reply", call_permission_reply = new { response = "accept" } }));

        Assert.Equal("other", Assert.Single(await Conversations(organization)).Text("controlled_by"));
    }

    [Fact]
    public async Task A_call_gives_us_nothing()
    {
        var organization = await Play("69-standby-inbound");
        await Meta.Deliver(_node, Meta.Change("calls", new
        {
            metadata = new { phone_number_id = organization.Number.PhoneNumberId },
            calls = new[] { new { id = "wacid.69", from = "5511977770069", @event = "terminate", direction = "USER_INITIATED", status = "COMPLETED", duration = 9 } },
        }));

        var conversation = Assert.Single(await Conversations(organization));
        Assert.Equal("other", conversation.Text("controlled_by"));
        Assert.Equal(["text", "call"], (await Messages(organization, conversation)).Select(m => m.Text("message_type")));
    }

    [Fact]
    public async Task A_handover_is_a_line_with_the_summary_however_often_it_is_told()
    {
        var organization = await Play("69-standby-inbound", "69-control-passed", "69-control-passed");

        var conversation = Assert.Single(await Conversations(organization));
        Assert.Equal(("self", "open"), (conversation.Text("controlled_by"), conversation.Text("status")));
        var line = Assert.Single(await Messages(organization, conversation), m => m.Text("message_type") == "handover");
        Assert.Equal(("system", "received"), (line.Text("sender_type"), line.Text("status")));
        Assert.Equal(("passed", "ai_agent", "escalation"), Line(line));
        Assert.Equal("Ana pergunta se a loja abre no domingo.", line.GetProperty("content").Text("summary"));
        Assert.Equal("WhatsApp user requested human agent", line.GetProperty("content").Text("note"));
        Assert.Equal(1, conversation.GetProperty("inbound_count").GetInt32());
    }

    [Theory]
    [InlineData("69-control-passed", "69-control-taken")]
    [InlineData("69-control-taken", "69-control-passed")]
    public async Task The_later_handover_decides_in_whatever_order_they_come(string first, string second)
    {
        var organization = await Play("69-standby-inbound", first, second);

        var conversation = Assert.Single(await Conversations(organization));
        Assert.Equal(("escalation", "pending"), (conversation.Text("controlled_by"), conversation.Text("status")));
        Assert.Equal(["passed", "taken"], (await Messages(organization, conversation)).Where(m => m.Text("message_type") == "handover").Select(m => Line(m).Action));
    }

    [Fact]
    public async Task A_late_copy_takes_nothing_from_us()
    {
        var organization = await Play("69-control-passed", "69-standby-inbound");

        var conversation = Assert.Single(await Conversations(organization));
        Assert.Equal("self", conversation.Text("controlled_by"));
        Assert.Equal("other", Assert.Single(await Messages(organization, conversation), m => m.Text("message_type") == "text").Text("controlled_by"));
    }

    [Fact]
    public async Task The_older_form_names_Metas_agent_by_another_word()
    {
        var organization = await Play("69-control-passed-older-form");

        var conversation = Assert.Single(await Conversations(organization));
        Assert.Equal("self", conversation.Text("controlled_by"));
        Assert.Equal("ai_agent", Line(Assert.Single(await Messages(organization, conversation))).From);
    }

    [Fact]
    public async Task Only_a_template_may_be_written_into_somebody_elses_conversation_and_nothing_is_marked_as_read_there()
    {
        var organization = await Play();
        await Meta.Deliver(_node, Standby(organization.Number, "5511977770070", "Oi"));
        var conversation = Assert.Single(await Conversations(organization));
        var path = $"/api/v1/conversations/{conversation.Text("id")}";

        var refused = await organization.Agent.Http.Post($"{path}/messages", new { message_type = "text", content = new { text = "Oi!" } });
        (await organization.Agent.Http.Post($"{path}/messages", new { message_type = "template", content = new { name = "hello", language = "pt_BR" } }))
            .Expect(HttpStatusCode.Created);
        (await organization.Agent.Http.Post($"{path}/notes", new { text = "o robô responde" })).Expect(HttpStatusCode.Created);
        (await organization.Agent.Http.Post($"{path}/read")).Expect(HttpStatusCode.OK);

        Assert.Equal("Somebody else answers in this conversation: take it over to write", refused.Expect(HttpStatusCode.Conflict).Body.Text("detail"));
        Assert.Equal(0, await _node.Database.SingleAsync<int>(
            "select count(*)::int from read_receipts where conversation_id = @id", new { id = conversation.GetProperty("id").GetGuid() }));
    }

    private static object Standby(TestNumber number, string from, string text) => Meta.Change("standby", new
    {
        metadata = new { phone_number_id = number.PhoneNumberId },
        standby = new { messages = new[] { Meta.TextMessage(from, text) } },
    });

    private async Task<TestOrganization> Play(params string[] names)
    {
        var organization = await Given.Organization(_node);
        foreach (var name in names)
        {
            var body = Encoding.Latin1.GetString(Fixture.Load(name).Body).Replace(Fixture.PhoneNumberId, organization.Number.PhoneNumberId);
            Assert.Equal(HttpStatusCode.OK, await Meta.Post(_node, Encoding.Latin1.GetBytes(body)));
            await Meta.Work(_node);
        }
        return organization;
    }

    private static (string? Action, string? From, string? To) Line(JsonElement message)
        => message.GetProperty("content") is var c ? (c.Text("action"), c.Text("from"), c.Text("to")) : default;

    private static async Task<JsonElement[]> Conversations(TestOrganization organization)
        => [.. (await organization.Agent.Http.Get("/api/v1/conversations")).Expect(HttpStatusCode.OK).Body.EnumerateArray()];

    private static async Task<JsonElement[]> Messages(TestOrganization organization, JsonElement conversation)
        => [.. (await organization.Agent.Http.Get($"/api/v1/conversations/{conversation.Text("id")}/messages")).Expect(HttpStatusCode.OK).Body.EnumerateArray()];
}

/// <summary>Webhooks that are stored first and processed from the queue.</summary>
public sealed class StoredStandbyTests(NodeFixture fixture) : StandbyTests(fixture), IClassFixture<NodeFixture>;

/// <summary>Webhooks that take effect in the transaction that acknowledges them.</summary>
public sealed class DirectStandbyTests(DirectNodeFixture fixture) : StandbyTests(fixture), IClassFixture<DirectNodeFixture>;

internal static class JsonTexts
{
    /// <summary>A member that is text; null if it is missing or null.</summary>
    public static string? Text(this JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.GetString() : null;
}
