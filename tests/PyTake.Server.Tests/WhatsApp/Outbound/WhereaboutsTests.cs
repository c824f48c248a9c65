using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using PyTake.Conversations;

namespace PyTake.WhatsApp.Outbound;

/// <summary>Who a message goes to, and what WhatsApp's answer says of them.</summary>
public class WhereaboutsTests(SendingFixture fixture) : IClassFixture<SendingFixture>
{
    private Sending Sending => fixture.Sending;

    [Fact]
    public async Task Two_customers_who_differ_only_by_the_ninth_digit_each_get_their_own_answer()
    {
        var organization = await Sending.OrganizationAsync();
        var landline = await Sending.OpenConversationAsync(organization, "551131650801");
        var mobile = await Sending.OpenConversationAsync(organization, "5511931650801");

        await Sending.UntilAsync(await Sending.SendAsync(landline, "para a padaria"), MessageStatus.Sent);
        await Sending.UntilAsync(await Sending.SendAsync(mobile, "para a Maria"), MessageStatus.Sent);

        Assert.Equal([("551131650801", "para a padaria"), ("5511931650801", "para a Maria")],
            Sending.Graph.RequestsOf(organization).Select(r => (r.To!, r.Said!)));
    }

    [Fact]
    public async Task An_answer_goes_where_the_customer_last_wrote_from()
    {
        var organization = await Sending.OrganizationAsync();
        object From(string number) => Meta.Webhook(organization.Number, [new
        {
            from = number, from_user_id = "BR.moves", id = Meta.Wamid(), timestamp = DateTimeOffset.UtcNow.AddMinutes(-1).ToUnixTimeSeconds().ToString(),
            type = "text", text = new { body = "oi" },
        }]);
        foreach (var number in (string[])["5511992287001", "5521991275926"]) Assert.Equal(HttpStatusCode.OK, await Meta.Post(Sending.Node, From(number)));
        await Sending.Changes.UntilAsync(async () => await Address(organization), address => address == "5521991275926");

        var conversation = Assert.Single((await organization.Agent.Http.Get("/api/v1/conversations")).As<Conversation[]>());
        (await organization.Agent.Http.Post($"/api/v1/conversations/{conversation.Id}/messages", new { message_type = "text", content = new { text = "Olá" } }))
            .Expect(HttpStatusCode.Created);

        Assert.Equal("5521991275926", (await Sending.Graph.WaitForAsync(organization, 1))[0].To);
    }

    [Fact]
    public async Task WhatsApps_spelling_of_a_number_is_used_from_then_on()
    {
        var conversation = await Sending.OpenConversationAsync(whatsappId: "5511987651111");
        Answer(conversation, "551187651111", null);

        await Sending.UntilAsync(await Sending.SendAsync(conversation, "1"), MessageStatus.Sent);
        await Sending.UntilAsync(await Sending.SendAsync(conversation, "2"), MessageStatus.Sent);

        Assert.Equal(["5511987651111", "551187651111"], Sending.Graph.RequestsOf(conversation.Organization).Select(r => r.To!));
        var numbers = (await Contact(conversation)).GetProperty("numbers").EnumerateArray();
        Assert.Equal(["+551187651111", "+5511987651111"], numbers.Select(n => n.GetProperty("number").GetString()!));
    }

    [Fact]
    public async Task A_user_id_in_the_answer_finds_the_customer_from_then_on()
    {
        var conversation = await Sending.OpenConversationAsync();
        var userId = $"BR.{Guid.NewGuid():N}";
        Answer(conversation, conversation.Contact.WhatsappId, userId);

        await Sending.UntilAsync(await Sending.SendAsync(conversation, "1"), MessageStatus.Sent);

        Assert.Equal(conversation.Contact.Id, await Sending.Database.SingleAsync<Guid>("select contact_id from contact_identities where value = @userId", new { userId }));
        Assert.Equal(conversation.Contact.WhatsappId, (await Contact(conversation)).GetProperty("whatsapp_id").GetString());
    }

    [Fact]
    public async Task A_number_that_WhatsApp_says_is_another_users_is_not_written_to_again()
    {
        var conversation = await Sending.OpenConversationAsync();
        await Sending.Database.ExecuteAsync("""
            insert into contact_identities (organization_id, kind, value, contact_id) values (@organization, 'bsuid', 'BR.owner', @contact)
            """, new { organization = conversation.Organization.Id, contact = conversation.Contact.Id });
        Answer(conversation, conversation.Contact.WhatsappId, "BR.stranger");

        await Sending.UntilAsync(await Sending.SendAsync(conversation, "1"), MessageStatus.Sent);
        await Sending.UntilAsync(await Sending.SendAsync(conversation, "2"), MessageStatus.Sent);

        Assert.Equal([conversation.Contact.WhatsappId, "BR.owner"], Sending.Graph.RequestsOf(conversation.Organization).Select(r => r.To!));
        Assert.Equal(0, await Sending.Database.SingleAsync<int>(
            "select count(*)::int from contact_identities where organization_id = @Id and kind = 'phone'", new { conversation.Organization.Id }));
    }

    [Fact]
    public async Task A_customer_whose_number_went_to_another_is_not_written_to_and_the_agent_is_told_why()
    {
        var conversation = await Sending.OpenConversationAsync();
        await Sending.Database.ExecuteAsync("update contacts set phone_number = null where id = @Id", new { conversation.Contact.Id });

        var failed = await Sending.UntilAsync(await Sending.SendAsync(conversation, "segredo"), MessageStatus.Failed);

        Assert.Equal("number_reassigned", failed.ErrorCode);
        Assert.Contains("another customer", failed.ErrorMessage);
        Assert.Empty(Sending.Graph.RequestsOf(conversation.Organization));
    }

    [Fact]
    public async Task An_echo_before_the_answer_is_one_bubble_and_its_ticks_arrive()
    {
        var conversation = await Sending.OpenConversationAsync();
        var mayAnswer = new TaskCompletionSource();
        Sending.Graph.Answer(conversation.Organization, async _ =>
        {
            await mayAnswer.Task.WaitAsync(Sending.Deadline);
            return null;
        });
        var id = await Sending.SendAsync(conversation, "Vou verificar");
        var wamid = FakeGraph.WamidOf((await Sending.Graph.WaitForAsync(conversation.Organization, 1))[0]);

        Assert.Equal(HttpStatusCode.OK, await Meta.Post(Sending.Node, Meta.Webhook(conversation.Organization.Number, [new
        {
            from = conversation.Organization.Number.PhoneNumber, to = conversation.Contact.WhatsappId, id = wamid,
            timestamp = DateTimeOffset.UtcNow.ToUnixTimeSeconds().ToString(), type = "text", text = new { body = "Vou verificar" },
        }], field: "smb_message_echoes")));
        await Sending.UntilAsync(id, MessageStatus.Sent);
        mayAnswer.SetResult();
        await Sending.UntilAsync(await Sending.SendAsync(conversation, "e agora?"), MessageStatus.Sent);
        await Sending.TickAsync(conversation, wamid, "delivered");

        Assert.Equal(wamid, (await Sending.UntilAsync(id, MessageStatus.Delivered)).WhatsappMessageId);
        Assert.Equal(3, await Sending.Database.SingleAsync<int>("select count(*)::int from messages where conversation_id = @Id", new { conversation.Id }));
    }

    private void Answer(TestConversation conversation, string waId, string? userId)
        => Sending.Graph.Answer(conversation.Organization, request => Task.FromResult<IResult?>(Results.Json(new
        {
            messaging_product = "whatsapp",
            contacts = new[] { new { input = request.To, wa_id = waId, user_id = userId } },
            messages = new[] { new { id = FakeGraph.WamidOf(request) } },
        })));

    private Task<string?> Address(TestOrganization organization)
        => Sending.Database.SingleAsync<string>("select whatsapp_id from contacts where organization_id = @Id", new { organization.Id });

    private static async Task<JsonElement> Contact(TestConversation conversation)
        => (await conversation.Organization.Agent.Http.Get($"/api/v1/contacts/{conversation.Contact.Id}")).Body;
}
