using System.Net;
using System.Text.Json;

namespace PyTake.Conversations;

public sealed class ConversationViewTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    private const string Path = ConversationEndpoints.Path;

    [Fact]
    public async Task The_list_of_a_view_its_total_and_its_changes_have_the_same_conversations()
    {
        var organization = await Given.Organization(fixture.Node);
        var made = await EveryKindAsync(organization);
        var expected = new Dictionary<string, Func<Kind, bool>>
        {
            ["open"] = kind => kind.Status == "open",
            ["pending"] = kind => kind.Status == "pending",
            ["closed"] = kind => kind.Status is "resolved" or "closed",
            ["mine"] = kind => kind.IsActive && kind.Agent == organization.Agent.Id,
            ["unassigned"] = kind => kind.IsActive && kind.Agent is null,
            ["waiting"] = kind => kind.IsActive && kind is { Inbound: not null } && (kind.Outbound is null || kind.Inbound > kind.Outbound),
        };

        foreach (var (view, belongs) in expected)
        {
            var (inside, outside) = (made.Where(m => belongs(m.Kind)).Select(m => m.Id).Order(), made.Where(m => !belongs(m.Kind)).Select(m => m.Id).Order());

            var list = (await organization.Agent.Http.Get($"{Path}?view={view}")).Expect(HttpStatusCode.OK);
            var changes = (await organization.Agent.Http.Get($"{Path}?view={view}&changed_after=0")).Expect(HttpStatusCode.OK).Body.EnumerateArray().ToArray();

            Assert.Equal(inside, list.Body.EnumerateArray().Select(Id).Order());
            Assert.Equal(inside.Count().ToString(), list.Header("X-Total-Count"));
            Assert.Equal(inside, changes.Where(c => !IsRemoved(c)).Select(Id).Order());
            Assert.Equal(outside, changes.Where(IsRemoved).Select(Id).Order());
        }
        Assert.Equal(expected.Keys.Order(), ConversationViews.Names.Order());
    }

    [Fact]
    public async Task A_change_that_leaves_the_view_is_removed_and_goes_by_its_number()
    {
        var organization = await Given.Organization(fixture.Node);
        var (stays, leaves) = (await Given.OpenConversation(organization), await Given.OpenConversation(organization));
        var position = (await organization.Agent.Http.Get($"{Path}?view=open")).Header("X-Inbox-Seq");
        (await organization.Agent.Http.Post($"{leaves.Path}/close")).Expect(HttpStatusCode.OK);
        await Given.InboundMessage(stays, "Alô?");

        var answer = (await organization.Agent.Http.Get($"{Path}?view=open&changed_after={position}")).Expect(HttpStatusCode.OK);

        Assert.Equal($$"""{"id":"{{leaves.Id}}","inbox_seq":5,"removed":true}""", answer.Body[0].GetRawText());
        Assert.Equal((stays.Id, 6L, 2), (Id(answer.Body[1]), answer.Body[1].GetProperty("inbox_seq").GetInt64(), answer.Body[1].GetProperty("unread_count").GetInt32()));
        Assert.Equal(("2", "6"), (answer.Header("X-Total-Count"), answer.Header("X-Inbox-Seq")));
    }

    [Theory]
    [InlineData("view=all")]
    [InlineData("view=Open")]
    [InlineData("view=")]
    [InlineData("view=none")]
    [InlineData("view=department:5")]
    public async Task A_view_that_does_not_exist_is_named(string query)
    {
        var organization = await Given.Organization(fixture.Node);

        (await organization.Agent.Http.Get($"{Path}?{query}")).ExpectInvalid("view");
    }

    private async Task<List<(Guid Id, Kind Kind)>> EveryKindAsync(TestOrganization organization)
    {
        DateTime?[] times = [null, new(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc), new(2026, 3, 1, 12, 0, 1, DateTimeKind.Utc)];
        var kinds = from status in (string[])["open", "pending", "resolved", "closed"]
                    from agent in (Guid?[])[null, organization.Agent.Id, organization.OtherAgent.Id]
                    from inbound in times
                    from outbound in times[..2]
                    select new Kind(status, agent, inbound, outbound);
        var made = new List<(Guid, Kind)>();
        foreach (var kind in kinds)
        {
            var conversation = await Given.Conversation(organization, status: kind.Status);
            await fixture.Database.ExecuteAsync(
                "update conversations set assigned_agent_id = @Agent, last_inbound_at = @Inbound, last_outbound_at = @Outbound where id = @Id",
                new { conversation.Id, kind.Agent, kind.Inbound, kind.Outbound });
            made.Add((conversation.Id, kind));
        }
        return made;
    }

    private static Guid Id(JsonElement row) => row.GetProperty("id").GetGuid();

    private static bool IsRemoved(JsonElement row) => row.TryGetProperty("removed", out _);

    private sealed record Kind(string Status, Guid? Agent, DateTime? Inbound, DateTime? Outbound)
    {
        public bool IsActive => Status is "open" or "pending";
    }
}
