using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using PyTake.Conversations;
using PyTake.Media;
using PyTake.WhatsApp.Outbound;

namespace PyTake.WhatsApp.Files;

/// <summary>What customers send comes from the fake of Meta into the storage.</summary>
public sealed class DownloadTests : IAsyncLifetime
{
    private static readonly (string, string)[] Quickly =
    [
        ("Downloads:SweepInterval", "00:00:00.05"), ("Downloads:RetryBase", "00:00:00.01"), ("Downloads:RetryLimit", "00:00:00.05"),
        ("Downloads:TokenPause", "00:00:00.05"), ("Downloads:SilenceTimeout", "00:00:02"), ("Downloads:MaxAttemptsAway", "3"),
    ];

    private Sending _sending = null!;
    private TestOrganization _organization = null!;

    [Theory]
    [InlineData("image", "image/jpeg")]
    [InlineData("sticker", "image/webp")]
    [InlineData("audio", "audio/ogg")]
    [InlineData("video", "video/mp4")]
    [InlineData("document", "application/pdf")]
    public async Task Every_kind_is_stored_and_shown(string type, string mimeType)
    {
        var content = Sample(type);
        var file = Graph.Files.Add(_organization.Number, content, mimeType);

        var message = await UntilAsync(await ReceiveAsync(type, file, filename: type == "document" ? "relatório.pdf" : null), MediaState.Stored);

        var media = MessageMedia.Of(message.Media)!;
        Assert.Equal((mimeType, (long?)content.Length), (media.MimeType, media.Size));
        Assert.Equal(type == "document" ? "relatório.pdf" : null, media.Filename);
        Assert.Equal(type == "audio" ? true : null, media.Voice);
        if (type is "image" or "video") Assert.NotNull(media.Width);
        if (type is "audio" or "video") Assert.NotNull(media.DurationSeconds);
        Assert.Equal(content, await _organization.Agent.Http.GetByteArrayAsync(media.Url, TestContext.Current.CancellationToken));
        Assert.Equal((1, 1), (file.Lookups, file.Downloads));
        Assert.True(message.Seq > message.CreatedSeq, "the change has no place of its own in the stream");
        Assert.Equal(0, await Waiting());
    }

    [Fact]
    public async Task An_album_comes_in_parallel_and_the_same_picture_once()
    {
        var photos = Enumerable.Range(0, 9).Select(_ => Samples.Plain()).ToList();
        photos.Add(photos[0]);
        var ids = new List<Guid>();
        foreach (var photo in photos) ids.Add(await ReceiveAsync("image", Graph.Files.Add(_organization.Number, photo, "image/jpeg")));

        var messages = new List<Message>();
        foreach (var id in ids) messages.Add(await UntilAsync(id, MediaState.Stored));

        Assert.Equal(10, messages.Select(m => MessageMedia.Of(m.Media)!.Url).Distinct().Count());
        Assert.Equal(9, await _sending.Database.SingleAsync<int>("select count(*)::int from files"));
    }

    [Fact]
    public async Task What_the_organization_has_already_is_not_fetched_again()
    {
        var photo = Samples.Plain();
        await UntilAsync(await ReceiveAsync("image", Graph.Files.Add(_organization.Number, photo, "image/jpeg")), MediaState.Stored);
        var again = Graph.Files.Add(_organization.Number, photo, "image/jpeg");

        await UntilAsync(await ReceiveAsync("image", again), MediaState.Stored);

        Assert.Equal((0, 0), (again.Lookups, again.Downloads));
        var other = await _sending.OrganizationAsync();
        var theirs = Graph.Files.Add(other.Number, photo, "image/jpeg");
        await UntilAsync(await ReceiveAsync("image", theirs, other), MediaState.Stored);
        Assert.Equal(1, theirs.Downloads);
    }

    [Fact]
    public async Task An_address_that_is_gone_is_asked_for_anew()
    {
        var file = Graph.Files.Add(_organization.Number, Samples.Plain(), "image/jpeg");
        file.OnDownload = (count, _) => Task.FromResult(count == 1 ? Results.StatusCode(404) : null);

        await UntilAsync(await ReceiveAsync("image", file), MediaState.Stored);

        Assert.Equal((2, 2), (file.Lookups, file.Downloads));
    }

    [Theory]
    [InlineData("wrong_hash")]
    [InlineData("truncated")]
    [InlineData("not_found")]
    [InlineData("unreachable")]
    [InlineData("too_large")]
    [InlineData("wrong_kind")]
    [InlineData("refused")]
    public async Task What_is_wrong_is_said_and_nothing_of_it_is_kept_and_an_agent_may_have_it_tried_again(string code)
    {
        var content = code == "wrong_kind" ? Encoding.UTF8.GetBytes("<html><script>alert(1)</script>") : Samples.Plain(640, 480);
        var file = Graph.Files.Add(_organization.Number, content, "image/jpeg");
        var (hash, size) = (file.Sha256, file.Size);
        switch (code)
        {
            case "wrong_hash": file.Sha256 = new string('0', 64); break;
            case "truncated": file.OnDownload = (_, _) => Task.FromResult<IResult?>(Results.Bytes(content[..100], "image/jpeg")); break;
            case "not_found": file.OnLookup = (_, _) => FakeGraph.Refuse(404, 100, "Unsupported get request"); break;
            case "unreachable": file.OnLookup = (_, _) => FakeGraph.Refuse(503, 2, "Try again"); break;
            case "too_large": file.Size = 200 << 20; break;
            case "refused": file.OnLookup = (_, context) => Task.FromResult<IResult?>(Results.Json(new { url = "http://127.0.0.1:1/internal", id = file.Id })); break;
        }
        var id = await ReceiveAsync("image", file, hashed: false);

        var failed = await UntilAsync(id, MediaState.Failed);

        var media = MessageMedia.Of(failed.Media)!;
        Assert.Equal(code, media.ErrorCode);
        Assert.NotEmpty(media.Error!);
        Assert.Null(media.Url);
        Assert.Equal(0, await _sending.Database.SingleAsync<int>("select count(*)::int from files"));
        Assert.Equal(0, await Waiting());
        if (code is "wrong_hash" or "truncated" or "not_found") Assert.Equal(4, file.Lookups);
        if (code is "wrong_kind") return;

        (file.Sha256, file.Size, file.OnLookup, file.OnDownload) = (hash, size, null, null);
        (await _organization.Viewer.Http.Post($"/api/v1/messages/{id}/media/retry")).ExpectError(HttpStatusCode.Forbidden);
        var other = await _sending.OrganizationAsync();
        (await other.Agent.Http.Post($"/api/v1/messages/{id}/media/retry")).ExpectError(HttpStatusCode.NotFound);
        var pending = (await _organization.Agent.Http.Post($"/api/v1/messages/{id}/media/retry")).Expect(HttpStatusCode.OK).As<Message>();
        Assert.Equal(MediaState.Pending, MessageMedia.Of(pending.Media)!.State);
        await UntilAsync(id, MediaState.Stored);
        (await _organization.Agent.Http.Post($"/api/v1/messages/{id}/media/retry")).ExpectError(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task What_WhatsApp_has_forgotten_has_expired()
    {
        var file = Graph.Files.Add(_organization.Number, Samples.Plain(), "image/jpeg");
        file.OnLookup = (_, _) => FakeGraph.Refuse(400, 100, "Unsupported get request");

        var message = await UntilAsync(await ReceiveAsync("image", file, at: DateTime.UtcNow.AddDays(-8)), MediaState.Expired);

        Assert.Equal("expired", MessageMedia.Of(message.Media)!.ErrorCode);
        Assert.Equal(1, file.Lookups);
        (await _organization.Agent.Http.Post($"/api/v1/messages/{message.Id}/media/retry")).ExpectError(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task A_file_waits_for_a_good_token_however_long_that_takes()
    {
        await _sending.SaveTokenAsync(_organization, "token-that-was-revoked");
        var file = Graph.Files.Add(_organization.Number, Samples.Plain(), "image/jpeg");
        file.OnLookup = async (_, context) => context.Request.Headers.Authorization != $"Bearer token-{_organization.Number.PhoneNumberId}"
            ? await FakeGraph.Refuse(401, 190, "Invalid OAuth access token")
            : null;
        var id = await ReceiveAsync("image", file);
        await Wait.Until(() => file.Lookups > 6);
        Assert.Equal(MediaState.Pending, (await StateAsync(id))!.State);

        await _sending.SaveTokenAsync(_organization, $"token-{_organization.Number.PhoneNumberId}");

        await UntilAsync(id, MediaState.Stored);
    }

    [Fact]
    public async Task What_a_dead_node_was_fetching_another_fetches_and_only_one_of_them_shows_it()
    {
        var file = Graph.Files.Add(_organization.Number, Samples.Plain(), "image/jpeg");
        var asked = new TaskCompletionSource();
        var answers = new TaskCompletionSource();
        file.OnDownload = async (count, _) =>
        {
            if (count > 1) return null;
            asked.SetResult();
            await answers.Task;
            return null;
        };
        var id = await ReceiveAsync("image", file);
        await asked.Task.WaitAsync(Sending.Deadline, TestContext.Current.CancellationToken);
        // Its lease is over, as if it had died: its claim is good for nothing from now on.
        await _sending.Database.ExecuteAsync("update media_downloads set due_at = now(), claim_id = gen_random_uuid()");
        _sending.AddNode();

        var message = await UntilAsync(id, MediaState.Stored);
        answers.SetResult();
        await Wait.Until(() => file.Downloads == 2);
        await _sending.StopAsync(_sending.Node);

        var now = MessageMedia.Of((await FindAsync(id)).Media)!;
        Assert.Equal(MessageMedia.Of(message.Media), now);
        Assert.Equal(1, await _sending.Database.SingleAsync<int>("select count(*)::int from media"));
        Assert.Single(Objects());
    }

    [Fact]
    public async Task A_node_that_stops_gives_back_what_it_was_fetching()
    {
        var file = Graph.Files.Add(_organization.Number, Samples.Plain(), "image/jpeg");
        var asked = new TaskCompletionSource();
        file.OnDownload = async (count, context) =>
        {
            if (count > 1) return null;
            asked.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return null;
        };
        var id = await ReceiveAsync("image", file);
        await asked.Task.WaitAsync(Sending.Deadline, TestContext.Current.CancellationToken);
        var first = _sending.Node;
        _sending.AddNode();
        await _sending.StopAsync(first);

        var organization = _organization with { Agent = _organization.Agent with { Http = _sending.Node.Client(_organization.Agent.Token) } };
        _organization = organization;
        await UntilAsync(id, MediaState.Stored);
        Assert.Empty(Directory.GetFiles(Path.Combine(Folder, "tmp")));
    }

    [Fact]
    public async Task A_revoked_file_is_gone_at_once_stored_or_not()
    {
        var (stored, pending) = (Graph.Files.Add(_organization.Number, Samples.Plain(), "image/jpeg"), Graph.Files.Add(_organization.Number, Samples.Plain(), "image/jpeg"));
        var (asked, answers) = (new TaskCompletionSource(), new TaskCompletionSource());
        pending.OnDownload = async (_, _) =>
        {
            asked.SetResult();
            await answers.Task;
            return null;
        };
        var (first, second) = (Meta.Wamid(), Meta.Wamid());
        var one = await UntilAsync(await ReceiveAsync("image", stored, wamid: first), MediaState.Stored);
        var two = await ReceiveAsync("image", pending, wamid: second);
        await asked.Task.WaitAsync(Sending.Deadline, TestContext.Current.CancellationToken);
        var url = MessageMedia.Of(one.Media)!.Url!;
        (await _organization.Agent.Http.Get(url)).Expect(HttpStatusCode.OK);

        foreach (var wamid in (string[])[first, second])
            Assert.Equal(HttpStatusCode.OK, await Meta.Post(_sending.Node, Meta.Other(_organization.Number, Customer, "revoke", new { original_message_id = wamid })));
        await Wait.Until(async () => (await FindAsync(one.Id)).Media is null && (await FindAsync(two)).Media is null);
        (await _organization.Agent.Http.Get(url)).ExpectError(HttpStatusCode.NotFound);
        answers.SetResult();
        await _sending.Node.Get<SweepFiles>().EraseAsync(TestContext.Current.CancellationToken);

        await Wait.Until(() => Objects().Length == 0);
        Assert.Equal(0, await _sending.Database.SingleAsync<int>("select count(*)::int from media"));
        Assert.Null((await FindAsync(two)).Media);
    }

    [Fact]
    public async Task With_a_customer_their_files_are_erased_but_not_those_that_another_sent_as_well()
    {
        var (own, shared) = (Samples.Plain(), Samples.Plain());
        var mine = await UntilAsync(await ReceiveAsync("image", Graph.Files.Add(_organization.Number, own, "image/jpeg")), MediaState.Stored);
        await UntilAsync(await ReceiveAsync("image", Graph.Files.Add(_organization.Number, shared, "image/jpeg")), MediaState.Stored);
        var others = await UntilAsync(
            await ReceiveAsync("image", Graph.Files.Add(_organization.Number, shared, "image/jpeg"), from: "5511933334444"), MediaState.Stored);
        var contact = await _sending.Database.SingleAsync<Guid>("select contact_id from conversations where id = @ConversationId", mine);

        (await _organization.Admin.Http.Delete($"/api/v1/contacts/{contact}")).Expect(HttpStatusCode.NoContent);

        await Wait.Until(async () => await _sending.Database.SingleAsync<int>("select count(*)::int from media") == 1);
        (await _organization.Agent.Http.Get(MessageMedia.Of(mine.Media)!.Url!)).ExpectError(HttpStatusCode.NotFound);
        await _sending.Node.Get<SweepFiles>().EraseAsync(TestContext.Current.CancellationToken);
        Assert.Single(Objects());
        Assert.Equal(shared, await _organization.Agent.Http.GetByteArrayAsync(MessageMedia.Of(others.Media)!.Url, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Whoever_empties_a_message_takes_its_file_away()
    {
        var message = await UntilAsync(
            await ReceiveAsync("image", Graph.Files.Add(_organization.Number, Samples.Plain(), "image/jpeg")), MediaState.Stored);
        await _sending.Database.ExecuteAsync("update messages set media = null where id = @Id", message);

        (await _organization.Agent.Http.Get(MessageMedia.Of(message.Media)!.Url!)).ExpectError(HttpStatusCode.NotFound);
        await _sending.Node.Get<SweepFiles>().EraseAsync(TestContext.Current.CancellationToken);
        Assert.Empty(Objects());
    }

    [Fact]
    public async Task What_a_former_version_received_is_found_and_fetched()
    {
        var file = Graph.Files.Add(_organization.Number, Samples.Plain(), "image/jpeg");
        var conversation = await Given.OpenConversation(_organization);
        var message = await Given.InboundMessage(conversation, "a text");
        await _sending.Database.ExecuteAsync("""
            update messages set message_type = 'image', media = '{"state": "pending", "filename": null}',
                content = jsonb_build_object('media_id', @Id, 'mime_type', 'image/jpeg') where id = @message
            """, new { file.Id, message = message.Id });

        Assert.Equal(1, await _sending.Node.Get<DownloadStore>().QueueForgottenAsync(TestContext.Current.CancellationToken));

        await UntilAsync(message.Id, MediaState.Stored);
    }

    [Fact]
    public async Task One_number_takes_no_more_than_its_share_and_others_are_not_delayed()
    {
        var answers = new TaskCompletionSource();
        var files = Enumerable.Range(0, 12).Select(_ => Graph.Files.Add(_organization.Number, Samples.Plain(), "image/jpeg")).ToArray();
        foreach (var file in files)
            file.OnDownload = async (_, _) =>
            {
                await answers.Task;
                return null;
            };
        var ids = new List<Guid>();
        foreach (var file in files) ids.Add(await ReceiveAsync("image", file));
        await Wait.Until(() => files.Sum(f => f.Downloads) == 6);

        var other = await _sending.OrganizationAsync();
        await UntilAsync(await ReceiveAsync("image", Graph.Files.Add(other.Number, Samples.Plain(), "image/jpeg"), other), MediaState.Stored);

        Assert.Equal(6, files.Sum(f => f.Downloads));
        answers.SetResult();
        foreach (var id in ids) await UntilAsync(id, MediaState.Stored);
    }

    [Theory]
    [InlineData("https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1", true)]
    [InlineData("https://lookaside.fbsbx.com.evil.example/", false)]
    [InlineData("https://evilfbsbx.com/", false)]
    [InlineData("http://lookaside.fbsbx.com/", false)]
    [InlineData("https://lookaside.fbsbx.com:8443/", false)]
    [InlineData("https://user@lookaside.fbsbx.com/", false)]
    [InlineData("http://169.254.169.254/latest/meta-data/", false)]
    [InlineData("http://localhost:5432/", false)]
    [InlineData("file:///etc/passwd", false)]
    public void The_token_goes_only_to_Meta(string address, bool isMetas)
        => Assert.Equal(isMetas, _sending.Node.Get<GraphMedia>().IsMetas(new Uri(address)));

    public async ValueTask InitializeAsync()
    {
        _sending = await Sending.StartAsync();
        await _sending.StopAsync(_sending.Node);
        _sending.AddNode(Quickly);
        _organization = await _sending.OrganizationAsync();
    }

    public ValueTask DisposeAsync() => _sending.DisposeAsync();

    private const string Customer = "5511911112222";

    private FakeGraph Graph => _sending.Graph;

    private string Folder => Path.Combine(Path.GetTempPath(), "pytake-tests", _sending.Database.Name);

    private string[] Objects()
    {
        var folder = Path.Combine(Folder, _organization.Id.ToString("N"));
        return Directory.Exists(folder) ? Directory.GetFiles(folder, "*", SearchOption.AllDirectories) : [];
    }

    private static byte[] Sample(string type) => type switch
    {
        "image" => Samples.Photo(),
        "sticker" => Samples.WebP(),
        "audio" => Samples.Voice(),
        "video" => Samples.Video(),
        _ => Samples.Pdf(),
    };

    /// <summary>A customer's message with a file, by the webhook. Returns its id.</summary>
    private async Task<Guid> ReceiveAsync(
        string type, FakeFile file, TestOrganization? organization = null, string? filename = null, bool hashed = true, DateTime? at = null, string? wamid = null,
        string from = Customer)
    {
        organization ??= _organization;
        wamid ??= Meta.Wamid();
        var content = new Dictionary<string, object> { ["id"] = file.Id, ["mime_type"] = file.MimeType };
        if (hashed) content["sha256"] = Convert.ToBase64String(Convert.FromHexString(file.Sha256));
        if (filename is not null) content["filename"] = filename;
        if (type == "audio") content["voice"] = true;
        Assert.Equal(HttpStatusCode.OK, await Meta.Post(_sending.Node, Meta.Other(organization.Number, from, type, content, wamid, at)));
        Guid? id = null;
        await Wait.Until(async () => (id = await _sending.Database.SingleAsync<Guid?>(
            "select id from messages where whatsapp_message_id = @wamid", new { wamid })) is not null);
        return id!.Value;
    }

    private async Task<Message> UntilAsync(Guid id, string state)
    {
        await _sending.Changes.UntilAsync(() => StateAsync(id), media => media.State == state);
        return await FindAsync(id);
    }

    private async Task<MessageMedia?> StateAsync(Guid id) => MessageMedia.Of(
        await _sending.Database.SingleAsync<string>("select media::text from messages where id = @id", new { id }) is { } media ? new Json.RawJson(media) : null);

    private async Task<Message> FindAsync(Guid id)
    {
        var organization = await _sending.Database.SingleAsync<Guid>("select organization_id from messages where id = @id", new { id });
        return (await _sending.Node.Get<MessageStore>().FindAsync(organization, id, TestContext.Current.CancellationToken))!;
    }

    private Task<int> Waiting() => _sending.Database.SingleAsync<int>("select count(*)::int from media_downloads");
}
