using System.Net;
using System.Text;
using PyTake.Conversations;
using PyTake.Media;
using PyTake.WhatsApp.Outbound;

namespace PyTake.WhatsApp.Files;

/// <summary>What agents upload is sent, and uploaded to Meta once.</summary>
public sealed class SendFileTests(SendingFixture fixture) : IClassFixture<SendingFixture>
{
    private readonly Sending _sending = fixture.Sending;

    [Fact]
    public async Task A_photo_is_uploaded_to_the_number_once_and_sent_by_Metas_id()
    {
        var conversation = await _sending.OpenConversationAsync();
        var organization = conversation.Organization;
        var upload = await UploadAsync(organization, Samples.Photo(), "férias.jpg");

        var sent = await SendAsync(conversation, "image", new { media_id = upload, caption = "Olá" });
        var again = await SendAsync(conversation, "document", new { media_id = upload });

        var media = MessageMedia.Of(sent.Media)!;
        Assert.Equal((MediaState.Stored, 48, 64), (media.State, media.Width, media.Height));
        (await organization.Agent.Http.Get(media.Url!)).Expect(HttpStatusCode.OK);
        Assert.NotEqual($"/api/v1/media/{upload}", media.Url);
        foreach (var message in (Message[])[sent, again]) await _sending.UntilAsync(message.Id, MessageStatus.Sent);
        var received = Assert.Single(_sending.Graph.Files.Uploads, u => u.PhoneNumberId == organization.Number.PhoneNumberId);
        Assert.Equal(("image/jpeg", $"token-{organization.Number.PhoneNumberId}"), (received.MimeType, received.Token));
        Assert.DoesNotContain("GPS", Encoding.Latin1.GetString(received.Content), StringComparison.Ordinal);
        var requests = _sending.Graph.RequestsOf(organization);
        Assert.Equal($$"""{"id":"{{received.Id}}","caption":"Ol\u00e1"}""", requests[0].Body.GetProperty("image").GetRawText().Replace("á", "\\u00e1", StringComparison.Ordinal));
        Assert.Equal(received.Id, requests[1].Body.GetProperty("document").GetProperty("id").GetString());
        Assert.Equal("férias.jpg", requests[1].Body.GetProperty("document").GetProperty("filename").GetString());
    }

    [Fact]
    public async Task A_voice_note_is_sent_as_one_and_only_what_is_one()
    {
        var conversation = await _sending.OpenConversationAsync();
        var (voice, music) = (await UploadAsync(conversation.Organization, Samples.Voice(), "a.ogg"),
            await UploadAsync(conversation.Organization, [.. "ID3\x04"u8, .. new byte[64]], "a.mp3"));

        var sent = await SendAsync(conversation, "audio", new { media_id = voice, voice = true });
        (await PostAsync(conversation, "audio", new { media_id = music, voice = true })).ExpectInvalid("content.voice");

        Assert.True(MessageMedia.Of(sent.Media)!.Voice);
        await _sending.UntilAsync(sent.Id, MessageStatus.Sent);
        Assert.True(_sending.Graph.RequestsOf(conversation.Organization).Single().Body.GetProperty("audio").GetProperty("voice").GetBoolean());
    }

    [Fact]
    public async Task A_templates_header_takes_an_upload()
    {
        var conversation = await _sending.OpenConversationAsync();
        var upload = await UploadAsync(conversation.Organization, Samples.Plain(), "a.jpg");

        var sent = await SendAsync(conversation, "template", new
        {
            name = "offer",
            language = "pt_BR",
            components = new object[] { new { type = "header", parameters = new object[] { new { type = "image", image = new { media_id = upload } } } } },
        });

        Assert.Equal(MediaState.Stored, MessageMedia.Of(sent.Media)!.State);
        await _sending.UntilAsync(sent.Id, MessageStatus.Sent);
        var received = _sending.Graph.Files.Uploads.Single(u => u.PhoneNumberId == conversation.Organization.Number.PhoneNumberId);
        var header = _sending.Graph.RequestsOf(conversation.Organization).Single().Body.GetProperty("template").GetProperty("components")[0];
        Assert.Equal($$"""{"id":"{{received.Id}}"}""", header.GetProperty("parameters")[0].GetProperty("image").GetRawText());
    }

    [Fact]
    public async Task Another_organizations_upload_an_unknown_one_and_one_of_another_kind_are_refused()
    {
        var (conversation, other) = (await _sending.OpenConversationAsync(), await _sending.OrganizationAsync());
        var (theirs, pdf) = (await UploadAsync(other, Samples.Plain(), "a.jpg"), await UploadAsync(conversation.Organization, Samples.Pdf(), "a.pdf"));

        foreach (var id in (object[])[theirs, Guid.NewGuid(), "1234567890", pdf])
            (await PostAsync(conversation, "image", new { media_id = id })).ExpectInvalid("content.media_id");
        Assert.Empty(_sending.Graph.RequestsOf(conversation.Organization));
    }

    [Fact]
    public async Task An_upload_that_fails_is_tried_again_and_the_message_goes_once()
    {
        var conversation = await _sending.OpenConversationAsync();
        var number = conversation.Organization.Number.PhoneNumberId;
        var count = 0;
        _sending.Graph.Files.OnUpload[number] = async context => Interlocked.Increment(ref count) switch
        {
            1 => await FakeGraph.Refuse(500, 131000),
            // Meta has it, and the answer is lost.
            2 => await FakeGraph.Break(context),
            _ => null,
        };

        var sent = await SendAsync(conversation, "document", new { media_id = await UploadAsync(conversation.Organization, Samples.Pdf(), "a.pdf") });

        await _sending.UntilAsync(sent.Id, MessageStatus.Sent);
        Assert.Equal(3, count);
        Assert.Single(_sending.Graph.RequestsOf(conversation.Organization));
    }

    [Fact]
    public async Task A_message_whose_node_dies_while_its_file_is_uploaded_is_sent_once_by_another()
    {
        await using var sending = await Sending.StartAsync();
        var conversation = await sending.OpenConversationAsync();
        var number = conversation.Organization.Number.PhoneNumberId;
        var (asked, answers) = (new TaskCompletionSource(), new TaskCompletionSource());
        var count = 0;
        sending.Graph.Files.OnUpload[number] = async _ =>
        {
            if (Interlocked.Increment(ref count) > 1) return null;
            asked.SetResult();
            await answers.Task;
            return null;
        };
        var sent = await SendAsync(conversation, "document", new { media_id = await UploadAsync(conversation.Organization, Samples.Pdf(), "a.pdf") });
        await asked.Task.WaitAsync(Sending.Deadline, TestContext.Current.CancellationToken);
        // As after the node's death: nobody renews the lease.
        await sending.Database.ExecuteAsync("update outbox set lease_until = now() - interval '1 second'");

        await sending.UntilAsync(sent.Id, MessageStatus.Sent);
        // It was not dead after all, and notices that the message is not its own any more.
        answers.SetResult();
        var other = await sending.OpenConversationAsync(conversation.Organization);
        await sending.UntilAsync(await sending.SendAsync(other, "after it"), MessageStatus.Sent);

        Assert.Equal(1, sending.Graph.RequestsOf(conversation.Organization).Count(r => r.MessageId == sent.Id));
    }

    [Fact]
    public async Task An_id_that_Meta_does_not_know_any_more_is_forgotten()
    {
        var conversation = await _sending.OpenConversationAsync();
        var organization = conversation.Organization;
        _sending.Graph.Answer(organization, request => request.Number == 1 ? FakeGraph.Refuse(400, 131053, "Media upload error") : FakeGraph.Accept());
        var sent = await SendAsync(conversation, "document", new { media_id = await UploadAsync(organization, Samples.Pdf(), "a.pdf") });
        await _sending.UntilAsync(sent.Id, MessageStatus.Failed);

        (await organization.Agent.Http.Post($"{conversation.Path}/messages/{sent.Id}/retry")).Expect(HttpStatusCode.OK);

        await _sending.UntilAsync(sent.Id, MessageStatus.Sent);
        Assert.Equal(2, _sending.Graph.Files.Uploads.Count(u => u.PhoneNumberId == organization.Number.PhoneNumberId));
    }

    private static async Task<Guid> UploadAsync(TestOrganization organization, byte[] content, string name)
        => (await UploadTests.Post(organization.Agent, content, name)).Expect(HttpStatusCode.Created).Body.GetProperty("media_id").GetGuid();

    private static Task<Answer> PostAsync(TestConversation conversation, string type, object content)
        => conversation.Organization.Agent.Http.Post($"{conversation.Path}/messages", new { message_type = type, content });

    private static async Task<Message> SendAsync(TestConversation conversation, string type, object content)
        => (await PostAsync(conversation, type, content)).Expect(HttpStatusCode.Created).As<Message>();
}
