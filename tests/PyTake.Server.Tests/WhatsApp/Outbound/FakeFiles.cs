using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace PyTake.WhatsApp.Outbound;

/// <summary>A file at the fake of Meta, and what is wrong with it.</summary>
public sealed class FakeFile(string id, byte[] content, string mimeType, string phoneNumberId)
{
    private int _lookups, _downloads;

    public string Id => id;
    public byte[] Content => content;
    public string MimeType => mimeType;
    public string PhoneNumberId => phoneNumberId;
    public string Sha256 { get; set; } = Convert.ToHexStringLower(SHA256.HashData(content));
    public long Size { get; set; } = content.Length;

    /// <summary>How often its address and its bytes were asked for.</summary>
    public int Lookups => _lookups;

    /// <inheritdoc cref="Lookups"/>
    public int Downloads => _downloads;

    /// <summary>Answers instead of the usual; null for the usual answer. The number is the count of such requests.</summary>
    public Func<int, HttpContext, Task<IResult?>>? OnLookup { get; set; }

    /// <inheritdoc cref="OnLookup"/>
    public Func<int, HttpContext, Task<IResult?>>? OnDownload { get; set; }

    /// <summary>With what its address was asked for: the same is demanded for its bytes.</summary>
    internal string? Authorization { get; set; }

    internal int Asked() => Interlocked.Increment(ref _lookups);

    internal int Fetched() => Interlocked.Increment(ref _downloads);
}

/// <summary>An upload that the fake received.</summary>
public sealed record FakeUpload(string Id, string PhoneNumberId, string Token, string MimeType, string Filename, byte[] Content);

/// <summary>Meta's side of files: addresses, bytes and uploads.</summary>
public sealed class FakeFiles
{
    private readonly ConcurrentDictionary<string, FakeFile> _files = [];
    private readonly ConcurrentQueue<FakeUpload> _uploads = [];
    private int _count;

    /// <summary>All uploads, in the order of arrival.</summary>
    public IReadOnlyList<FakeUpload> Uploads => [.. _uploads];

    /// <summary>Answers uploads of a number instead of accepting them; null accepts.</summary>
    public ConcurrentDictionary<string, Func<HttpContext, Task<IResult?>>> OnUpload { get; } = [];

    /// <summary>A customer's file, for one number.</summary>
    public FakeFile Add(TestNumber number, byte[] content, string mimeType)
    {
        var file = new FakeFile($"9{Interlocked.Increment(ref _count):D8}{Random.Shared.Next(1_000_000):D6}", content, mimeType, number.PhoneNumberId);
        return _files[file.Id] = file;
    }

    /// <summary>Where a file is. Numbers have the same path, and are asked for without a number.</summary>
    internal async Task<IResult> LookUpAsync(string id, HttpContext context)
    {
        if (!_files.TryGetValue(id, out var file) || context.Request.Query["phone_number_id"] != file.PhoneNumberId)
            return (await FakeGraph.Refuse(400, 100, "Unsupported get request", "Object does not exist"))!;
        file.Authorization = context.Request.Headers.Authorization.ToString();
        var asked = file.Asked();
        if (file.OnLookup is { } rule && await rule(asked, context) is { } answer) return answer;
        return Results.Json(new
        {
            messaging_product = "whatsapp", url = $"http://{context.Request.Host}/attachments/?mid={id}", mime_type = file.MimeType, sha256 = file.Sha256,
            file_size = file.Size, id,
        });
    }

    internal void Map(WebApplication app)
    {
        app.MapGet("/attachments/", async (string mid, HttpContext context) =>
        {
            var file = _files[mid];
            if (context.Request.Headers.Authorization != file.Authorization) return Results.StatusCode(401);
            var fetched = file.Fetched();
            return file.OnDownload is { } rule && await rule(fetched, context) is { } answer ? answer : Results.Bytes(file.Content, file.MimeType);
        });
        app.MapPost("/{version}/{phoneNumberId}/media", async (string phoneNumberId, HttpContext context) =>
        {
            var form = await context.Request.ReadFormAsync();
            if (OnUpload.TryGetValue(phoneNumberId, out var rule) && await rule(context) is { } answer) return answer;
            using var content = new MemoryStream();
            await form.Files["file"]!.CopyToAsync(content);
            var upload = new FakeUpload(
                $"up{Interlocked.Increment(ref _count)}", phoneNumberId, context.Request.Headers.Authorization.ToString()["Bearer ".Length..], form["type"].ToString(),
                form.Files["file"]!.FileName, content.ToArray());
            _uploads.Enqueue(upload);
            return Results.Json(new { id = upload.Id });
        }).DisableAntiforgery();
    }
}
