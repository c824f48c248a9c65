using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;

namespace PyTake.Simulator.Tests.Media;

public sealed class MediaEndpointsTests
{
    private static readonly byte[] Picture = RandomNumberGenerator.GetBytes(5000);

    [Fact]
    public async Task An_upload_is_looked_up_and_downloaded()
    {
        await using var simulation = await Simulation.StartAsync();
        var id = await simulation.UploadAsync(Picture, "image/jpeg");

        var file = (await simulation.GetAsync($"/v23.0/{id}?phone_number_id={Simulation.Number}")).Json;
        using var download = await simulation.Http.GetAsync(
            file.GetProperty("url").GetString(), TestContext.Current.CancellationToken);

        Assert.Equal(id, file.GetProperty("id").GetString());
        Assert.Equal("image/jpeg", file.GetProperty("mime_type").GetString());
        Assert.Equal(Picture.Length, file.GetProperty("file_size").GetInt32());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Picture)), file.GetProperty("sha256").GetString());
        Assert.Equal("image/jpeg", download.Content.Headers.ContentType!.MediaType);
        Assert.Equal(Picture, await download.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_download_needs_the_token_too()
    {
        await using var simulation = await Simulation.StartAsync();
        var url = await UrlAsync(simulation, await simulation.UploadAsync(Picture, "image/jpeg"));
        simulation.Http.DefaultRequestHeaders.Authorization = null;

        Assert.Equal(HttpStatusCode.Unauthorized, (await simulation.GetAsync(url)).Status);
    }

    [Fact]
    public async Task A_url_is_good_for_five_minutes_and_a_new_lookup_gives_another()
    {
        var time = new FakeTime();
        await using var simulation = await Simulation.StartAsync(time);
        var id = await simulation.UploadAsync(Picture, "image/jpeg");
        var url = await UrlAsync(simulation, id);

        time.Advance(TimeSpan.FromSeconds(299));
        Assert.Equal(HttpStatusCode.OK, await DownloadAsync(simulation, url));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.NotFound, await DownloadAsync(simulation, url));
        Assert.Equal(HttpStatusCode.OK, await DownloadAsync(simulation, await UrlAsync(simulation, id)));
    }

    [Fact]
    public async Task A_url_cannot_be_prolonged()
    {
        await using var simulation = await Simulation.StartAsync();
        var url = await UrlAsync(simulation, await simulation.UploadAsync(Picture, "image/jpeg"));

        Assert.Equal(
            HttpStatusCode.NotFound,
            await DownloadAsync(simulation, url.Replace("&ext=", "&ext=9", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_id_is_good_for_thirty_days()
    {
        var time = new FakeTime();
        await using var simulation = await Simulation.StartAsync(time);
        var id = await simulation.UploadAsync(Picture, "image/jpeg");

        time.Advance(TimeSpan.FromDays(30));

        Assert.Equal(33, await SubcodeAsync(simulation, $"/v23.0/{id}"));
        Assert.Equal(100, (await simulation.SendAsync("image", new { id })).ErrorCode);
    }

    [Fact]
    public async Task Unknown_media_and_media_of_another_number_are_not_found()
    {
        await using var simulation = await Simulation.StartAsync();
        var id = await simulation.UploadAsync(Picture, "image/jpeg");

        Assert.Equal(33, await SubcodeAsync(simulation, "/v23.0/404"));
        Assert.Equal(33, await SubcodeAsync(simulation, $"/v23.0/{id}?phone_number_id=880033"));
    }

    [Theory]
    [InlineData("application/x-msdownload", 10, 100)]
    [InlineData("image/jpeg", 0, 100)]
    [InlineData("image/jpeg", 5 * 1024 * 1024 + 1, 131053)]
    [InlineData("image/webp", 500 * 1024 + 1, 131053)]
    public async Task Types_and_sizes_that_WhatsApp_does_not_accept_are_refused(string mimeType, int size, int code)
    {
        await using var simulation = await Simulation.StartAsync();

        var answer = await simulation.TryUploadAsync(new byte[size], mimeType);

        Assert.Equal(code, answer.ErrorCode);
    }

    [Fact]
    public async Task A_voice_note_keeps_its_codec()
    {
        await using var simulation = await Simulation.StartAsync();
        var id = await simulation.UploadAsync(Picture, "audio/ogg; codecs=opus");

        var file = (await simulation.GetAsync($"/v23.0/{id}")).Json;

        Assert.Equal("audio/ogg; codecs=opus", file.GetProperty("mime_type").GetString());
    }

    [Theory]
    [InlineData("lookup")]
    [InlineData("download")]
    [InlineData("upload")]
    public async Task A_rule_for_files_answers_only_for_them_and_so_often(string media)
    {
        await using var simulation = await Simulation.StartAsync();
        var id = await simulation.UploadAsync(Picture, "image/jpeg");
        var url = await UrlAsync(simulation, id);
        await simulation.ControlAsync("rules", new { media, status = 503, times = 1 });

        Assert.Equal(HttpStatusCode.OK, (await simulation.SendTextAsync("Oi")).Status);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await AskAsync());
        Assert.Equal(HttpStatusCode.OK, await AskAsync());

        async Task<HttpStatusCode> AskAsync() => media switch
        {
            "lookup" => (await simulation.GetAsync($"/v23.0/{id}")).Status,
            "download" => await DownloadAsync(simulation, url),
            _ => (await simulation.TryUploadAsync(Picture, "image/jpeg")).Status,
        };
    }

    [Fact]
    public async Task A_file_may_come_in_part_or_with_another_hash()
    {
        await using var simulation = await Simulation.StartAsync();
        var id = await simulation.UploadAsync(Picture, "image/jpeg");
        var url = await UrlAsync(simulation, id);
        await simulation.ControlAsync("rules", new { media = "download", status = 200, fault = "truncated", times = 1 });
        await simulation.ControlAsync("rules", new { media = "lookup", status = 200, fault = "wrong_hash", times = 1 });

        Assert.Equal(Picture[..2500], await simulation.Http.GetByteArrayAsync(url, TestContext.Current.CancellationToken));
        Assert.Equal(Picture, await simulation.Http.GetByteArrayAsync(url, TestContext.Current.CancellationToken));
        Assert.Equal(new string('0', 64), (await simulation.GetAsync($"/v23.0/{id}")).Json.GetProperty("sha256").GetString());
        Assert.NotEqual(new string('0', 64), (await simulation.GetAsync($"/v23.0/{id}")).Json.GetProperty("sha256").GetString());
    }

    [Fact]
    public async Task A_customers_file_comes_as_a_form_too()
    {
        await using var simulation = await Simulation.StartAsync();
        var file = new ByteArrayContent(Picture) { Headers = { ContentType = MediaTypeHeaderValue.Parse("image/jpeg") } };
        using var form = new MultipartFormDataContent { { file, "file", "a.jpg" } };
        using var empty = new MultipartFormDataContent { { new StringContent("a"), "other" } };

        var id = (await simulation.PostAsync("/_control/media", form)).Json.GetProperty("id").GetString();

        Assert.Equal(Picture, await simulation.Http.GetByteArrayAsync($"/_control/media/{id}", TestContext.Current.CancellationToken));
        Assert.Equal(HttpStatusCode.BadRequest, (await simulation.PostAsync("/_control/media", empty)).Status);
    }

    [Fact]
    public async Task An_upload_without_a_file_or_a_form_is_refused()
    {
        await using var simulation = await Simulation.StartAsync();
        using var form = new MultipartFormDataContent { { new StringContent("whatsapp"), "messaging_product" } };
        using var json = new StringContent("{}", MediaTypeHeaderValue.Parse("application/json"));

        Assert.Equal(100, (await simulation.PostAsync($"/v23.0/{Simulation.Number}/media", form)).ErrorCode);
        Assert.Equal(100, (await simulation.PostAsync($"/v23.0/{Simulation.Number}/media", json)).ErrorCode);
    }

    private static async Task<string> UrlAsync(Simulation simulation, string id) =>
        (await simulation.GetAsync($"/v23.0/{id}")).Json.GetProperty("url").GetString()!;

    private static async Task<HttpStatusCode> DownloadAsync(Simulation simulation, string url)
    {
        using var response = await simulation.Http.GetAsync(url);
        return response.StatusCode;
    }

    private static async Task<int> SubcodeAsync(Simulation simulation, string path) =>
        (await simulation.GetAsync(path)).Error.GetProperty("error_subcode").GetInt32();
}
