using System.Net;
using System.Net.Http.Headers;
using System.Text;
using NetVips;

namespace PyTake.Media;

public sealed class UploadTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    [Fact]
    public async Task A_file_is_uploaded_and_comes_back_to_its_organization_alone()
    {
        var (organization, stranger) = (await Given.Organization(fixture.Node), await Given.Organization(fixture.Node));
        var pdf = Samples.Pdf();

        var upload = (await Post(organization.Agent, pdf, "Relatório – 報告.pdf")).Expect(HttpStatusCode.Created).Body;

        Assert.Equal("application/pdf", upload.GetProperty("mime_type").GetString());
        Assert.Equal(pdf.Length, upload.GetProperty("size").GetInt64());
        Assert.Equal("Relatório – 報告.pdf", upload.GetProperty("filename").GetString());
        Assert.Equal("document", upload.GetProperty("kinds")[0].GetString());
        var url = upload.GetProperty("url").GetString()!;
        using var got = await organization.Viewer.Http.GetAsync(url, TestContext.Current.CancellationToken);
        Assert.Equal(pdf, await got.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        Assert.Equal("application/pdf", got.Content.Headers.ContentType!.ToString());
        Assert.Equal("attachment", got.Content.Headers.ContentDisposition!.DispositionType);
        Assert.Equal("Relatório – 報告.pdf", got.Content.Headers.ContentDisposition.FileNameStar);
        Assert.Equal("nosniff", got.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("sandbox; default-src 'none'", got.Headers.GetValues("Content-Security-Policy").Single());
        Assert.True(got.Headers.CacheControl!.Private);
        (await stranger.Admin.Http.Get(url)).ExpectError(HttpStatusCode.NotFound);
        (await fixture.Node.Client().Get(url)).ExpectError(HttpStatusCode.Unauthorized);
        (await organization.Agent.Http.Get($"/api/v1/media/{Guid.NewGuid()}")).ExpectError(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_part_can_be_asked_for_and_what_is_known_is_not_sent_again()
    {
        var organization = await Given.Organization(fixture.Node);
        var video = Samples.Video();
        var url = await Upload(organization.Agent, video, "a.mp4");

        using var part = await Send(organization.Agent, url, r => r.Headers.Range = new RangeHeaderValue(10, 19));
        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal(video[10..20], await part.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        Assert.Equal($"bytes 10-19/{video.Length}", part.Content.Headers.ContentRange!.ToString());
        using var end = await Send(organization.Agent, url, r => r.Headers.Range = new RangeHeaderValue(null, 5));
        Assert.Equal(video[^5..], await end.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        using var outside = await Send(organization.Agent, url, r => r.Headers.Range = new RangeHeaderValue(video.Length, null));
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, outside.StatusCode);
        Assert.Equal($"bytes */{video.Length}", outside.Content.Headers.ContentRange!.ToString());
        using var known = await Send(organization.Agent, url, r => r.Headers.IfNoneMatch.Add(part.Headers.ETag!));
        Assert.Equal(HttpStatusCode.NotModified, known.StatusCode);
        using var other = await Send(organization.Agent, url, r =>
        {
            r.Headers.Range = new RangeHeaderValue(10, 19);
            r.Headers.IfRange = new RangeConditionHeaderValue(new EntityTagHeaderValue("\"another\""));
        });
        Assert.Equal(video, await other.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        using var head = await Send(organization.Agent, url, r => r.Method = HttpMethod.Head);
        Assert.Equal(video.Length, head.Content.Headers.ContentLength);
    }

    [Fact]
    public async Task Only_an_image_a_sound_or_a_film_is_shown_in_place()
    {
        var organization = await Given.Organization(fixture.Node);
        var photo = await Upload(organization.Agent, Samples.Photo(), "a.jpg");
        var page = await Upload(organization.Agent, Encoding.UTF8.GetBytes("<html><script>alert(1)</script></html>"), "a.html");

        using var shown = await organization.Agent.Http.GetAsync(photo, TestContext.Current.CancellationToken);
        Assert.Equal("inline", shown.Content.Headers.ContentDisposition!.DispositionType);
        using var saved = await organization.Agent.Http.GetAsync(photo + "?download=1", TestContext.Current.CancellationToken);
        Assert.Equal("attachment", saved.Content.Headers.ContentDisposition!.DispositionType);
        using var text = await organization.Agent.Http.GetAsync(page, TestContext.Current.CancellationToken);
        Assert.Equal("attachment", text.Content.Headers.ContentDisposition!.DispositionType);
        Assert.Equal("text/plain", text.Content.Headers.ContentType!.ToString());
    }

    [Fact]
    public async Task A_photo_is_stored_without_where_it_was_taken()
    {
        var organization = await Given.Organization(fixture.Node);
        var body = (await Post(organization.Agent, Samples.Photo(64, 48), "a.jpg")).Expect(HttpStatusCode.Created).Body;

        Assert.Equal((48, 64), (body.GetProperty("width").GetInt32(), body.GetProperty("height").GetInt32()));
        var stored = await organization.Agent.Http.GetByteArrayAsync(body.GetProperty("url").GetString(), TestContext.Current.CancellationToken);
        Assert.DoesNotContain("GPS", Encoding.Latin1.GetString(stored), StringComparison.Ordinal);
        Assert.Equal(stored.Length, body.GetProperty("size").GetInt64());
    }

    [Theory]
    [InlineData("a.exe", "\u007fELF\u0002\u0001\0")]
    [InlineData("a.jpg", "GIF89a")]
    [InlineData("a.pdf", "PK\u0003\u0004photo.jpg")]
    [InlineData("empty.txt", "")]
    public async Task What_WhatsApp_does_not_take_is_refused_by_its_content(string name, string content)
    {
        var organization = await Given.Organization(fixture.Node);
        (await Post(organization.Agent, Encoding.Latin1.GetBytes(content), name)).ExpectError(HttpStatusCode.UnsupportedMediaType);
        Assert.Equal(0, await Files(organization));
    }

    [Fact]
    public async Task What_is_too_large_is_refused_with_the_limit()
    {
        var organization = await Given.Organization(fixture.Node);

        var voice = await Post(organization.Agent, [.. Samples.Voice(), .. new byte[16 << 20]], "a.ogg");
        Assert.Equal(16 << 20, voice.ExpectError(HttpStatusCode.RequestEntityTooLarge, "16 MB").Body.GetProperty("error").GetProperty("limit").GetInt64());
        byte[] sticker = [.. Samples.WebP(), .. new byte[120 * 1024]];
        Assert.Equal(100 * 1024, (await Post(organization.Agent, sticker, "a.webp")).ExpectError(HttpStatusCode.RequestEntityTooLarge).Body
            .GetProperty("error").GetProperty("limit").GetInt64());
        Assert.Equal(0, await Files(organization));
        Assert.Empty(Directory.GetFiles(Path.Combine(Path.GetTempPath(), "pytake-tests", fixture.Database.Name, "tmp")));
    }

    [Fact]
    public async Task A_photo_of_more_than_WhatsApp_shows_goes_as_a_document()
    {
        var organization = await Given.Organization(fixture.Node);
        byte[] png = Samples.Png();
        // A chunk that no decoder needs, within the file.
        byte[] filler = [0, 0x60, 0, 0, .. "filL"u8, .. new byte[0x600000], 0, 0, 0, 0];
        var body = (await Post(organization.Agent, [.. png[..^12], .. filler, .. png[^12..]], "a.png")).Expect(HttpStatusCode.Created).Body;
        Assert.Equal(["document"], body.GetProperty("kinds").EnumerateArray().Select(k => k.GetString()));
    }

    [Fact]
    public async Task Viewers_upload_nothing_and_a_body_without_the_field_is_said_to_be_wrong()
    {
        var organization = await Given.Organization(fixture.Node);
        (await Post(organization.Viewer, Samples.Pdf(), "a.pdf")).ExpectError(HttpStatusCode.Forbidden);
        (await organization.Agent.Http.Post("/api/v1/media", new { file = "a" })).ExpectError(HttpStatusCode.UnsupportedMediaType);
        using var form = new MultipartFormDataContent { { new StringContent("a"), "other" } };
        (await organization.Agent.Http.Post("/api/v1/media", form)).ExpectInvalid("file");
        using var cut = new StringContent("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n%PDF-1.7 and then nothing");
        cut.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=b");
        (await organization.Agent.Http.Post("/api/v1/media", cut)).ExpectInvalid("file");
        Assert.Equal(0, await Files(organization));
    }

    [Fact]
    public async Task The_same_content_is_there_once_for_an_organization_and_once_for_another()
    {
        var (organization, other) = (await Given.Organization(fixture.Node), await Given.Organization(fixture.Node));
        var pdf = Samples.Pdf();

        var urls = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Upload(organization.Agent, pdf, $"{i}.pdf")));
        await Upload(other.Agent, pdf, "a.pdf");

        Assert.Equal(6, urls.Distinct().Count());
        Assert.Equal((1, 1), (await Files(organization), await Files(other)));
        Assert.Single(Objects(organization));
        foreach (var url in urls) Assert.Equal(pdf, await organization.Agent.Http.GetByteArrayAsync(url, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_thumbnail_is_small_turned_and_without_metadata_and_a_bomb_has_none()
    {
        var organization = await Given.Organization(fixture.Node);
        var photo = await Upload(organization.Agent, Samples.Photo(1600, 1200), "a.jpg");

        foreach (var _ in (int[])[1, 2])
        {
            using var answer = await organization.Agent.Http.GetAsync(photo + "?size=thumbnail", TestContext.Current.CancellationToken);
            Assert.Equal("image/webp", answer.Content.Headers.ContentType!.ToString());
            using var image = Image.NewFromBuffer(await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
            Assert.Equal((480, 640), (image.Width, image.Height));
        }

        // A header of 60,000 by 60,000 pixels and nothing behind it.
        byte[] bomb = [.. Samples.Png()];
        (bomb[16], bomb[17], bomb[18], bomb[19], bomb[20], bomb[21], bomb[22], bomb[23]) = (0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60);
        var url = await Upload(organization.Agent, bomb, "bomb.png");
        (await organization.Agent.Http.Get(url + "?size=thumbnail")).ExpectError(HttpStatusCode.NotFound);
        byte[] damaged = [.. Samples.Png()];
        damaged[^20] ^= 0xFF;
        damaged[45] ^= 0xFF;
        var damagedUrl = await Upload(organization.Agent, damaged, "damaged.png");
        Assert.True((await organization.Agent.Http.GetAsync(damagedUrl + "?size=thumbnail", TestContext.Current.CancellationToken)).StatusCode is HttpStatusCode.OK or HttpStatusCode.NotFound);
        (await organization.Agent.Http.Get(await Upload(organization.Agent, Samples.Pdf(), "a.pdf") + "?size=thumbnail")).ExpectError(HttpStatusCode.NotFound);
        (await organization.Agent.Http.Get(photo + "?size=huge")).ExpectError(HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task An_upload_that_no_message_uses_is_erased_after_a_day()
    {
        var organization = await Given.Organization(fixture.Node);
        var (old, young) = (await Upload(organization.Agent, Samples.Photo(900, 700), "old.jpg"), await Upload(organization.Agent, Samples.Pdf(), "young.pdf"));
        (await organization.Agent.Http.Get(old + "?size=thumbnail")).Expect(HttpStatusCode.OK);
        await fixture.Database.ExecuteAsync("update media set created_at = now() - interval '25 hours' where id = @id", new { id = Guid.Parse(old[^36..]) });

        await fixture.Node.Get<SweepFiles>().EraseAsync(TestContext.Current.CancellationToken);

        (await organization.Agent.Http.Get(old)).ExpectError(HttpStatusCode.NotFound);
        (await organization.Agent.Http.Get(young)).Expect(HttpStatusCode.OK);
        Assert.Equal(1, await Files(organization));
        Assert.Single(Objects(organization));
    }

    [Fact]
    public async Task An_object_that_no_row_names_is_deleted_once_it_is_old()
    {
        var organization = await Given.Organization(fixture.Node);
        await Upload(organization.Agent, Samples.Pdf(), "a.pdf");
        var storage = fixture.Node.Get<IFileStorage>();
        var (old, young) = (new ObjectName(organization.Id, Guid.CreateVersion7()), new ObjectName(organization.Id, Guid.CreateVersion7()));
        foreach (var name in (ObjectName[])[old, young])
        {
            using var spooled = await fixture.Node.Get<Spool>().WriteAsync([1, 2, 3], TestContext.Current.CancellationToken);
            await storage.PutAsync(name, spooled, TestContext.Current.CancellationToken);
        }
        File.SetLastWriteTimeUtc(Objects(organization).Single(path => path.EndsWith(old.ToString(), StringComparison.Ordinal)), DateTime.UtcNow.AddHours(-7));

        await fixture.Node.Get<SweepFiles>().DeleteOrphansAsync(TestContext.Current.CancellationToken);

        Assert.Equal(2, Objects(organization).Length);
        Assert.DoesNotContain(Objects(organization), path => path.EndsWith(old.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Uploads_that_nobody_sends_have_a_bound_and_so_have_those_under_way()
    {
        await using var node = TestNode.Start(fixture.Database, ("Media:UnsentBytes", $"{1 << 20}"), ("Media:UploadBytes", $"{4 << 20}"));
        var (organization, other) = (await Given.Organization(node), await Given.Organization(node));
        var quota = node.Get<UploadQuota>();
        using (quota.TryEnter(organization.Id, 1 << 20))
        {
            Assert.Null(quota.TryEnter(organization.Id, 3 << 19));
            Assert.NotNull(quota.TryEnter(other.Id, 3 << 19));
            var refused = (await Post(organization.Agent, Samples.Pdf(3 << 19), "a.pdf")).ExpectError(HttpStatusCode.TooManyRequests);
            Assert.Equal("rate_limit_exceeded", refused.Body.GetProperty("error").GetProperty("type").GetString());
            Assert.Equal("5", refused.Header("retry-after"));
        }

        (await Post(organization.Agent, Samples.Pdf(1 << 20), "a.pdf")).Expect(HttpStatusCode.Created);
        (await Post(organization.Agent, Samples.Pdf(), "b.pdf")).ExpectError(HttpStatusCode.TooManyRequests);
    }

    [Fact]
    public async Task A_place_for_files_that_cannot_be_written_is_said_and_leaves_nothing_behind()
    {
        await using var node = TestNode.Start(fixture.Database, ("Media:Folder", "/proc/nowhere"));
        var organization = await Given.Organization(node);

        (await Post(organization.Agent, Samples.Pdf(), "a.pdf")).ExpectError(HttpStatusCode.ServiceUnavailable);
        Assert.Equal(0, await Files(organization));
    }

    internal static Task<Answer> Post(TestUser user, byte[] content, string name)
    {
        var form = new MultipartFormDataContent();
        var file = new ByteArrayContent(content);
        // What a browser says of it is not looked at.
        file.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        form.Add(file, "file", name);
        return user.Http.Post("/api/v1/media", form);
    }

    internal static async Task<string> Upload(TestUser user, byte[] content, string name)
        => (await Post(user, content, name)).Expect(HttpStatusCode.Created).Body.GetProperty("url").GetString()!;

    private string[] Objects(TestOrganization organization)
        => Directory.GetFiles(Path.Combine(Path.GetTempPath(), "pytake-tests", fixture.Database.Name, organization.Id.ToString("N")), "*", SearchOption.AllDirectories);

    private Task<int> Files(TestOrganization organization)
        => fixture.Database.SingleAsync<int>("select count(*)::int from files where organization_id = @Id", new { organization.Id });

    private static Task<HttpResponseMessage> Send(TestUser user, string url, Action<HttpRequestMessage> change)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, url);
        change(request);
        return user.Http.SendAsync(request);
    }
}
