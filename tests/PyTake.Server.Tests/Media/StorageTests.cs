using System.Diagnostics;
using System.Security.Cryptography;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;

namespace PyTake.Media;

/// <summary>What a storage promises, whichever it is.</summary>
public abstract class StorageTests
{
    /// <summary>The options of one storage, and where its spool is.</summary>
    protected abstract MediaOptions Options { get; }

    protected abstract IFileStorage Storage { get; }

    private Spool Spool => new(Microsoft.Extensions.Options.Options.Create(Options), new Here(), TimeProvider.System);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_put_is_read_whole_and_in_parts()
    {
        var (name, content) = (Name(), RandomNumberGenerator.GetBytes(300_000));
        await PutAsync(name, content);

        Assert.Equal(content, await ReadAsync(name, 0, content.Length - 1));
        Assert.Equal(content[1000..2000], await ReadAsync(name, 1000, 1999));
        Assert.Equal(content[^1..], await ReadAsync(name, content.Length - 1, content.Length - 1));
        Assert.Equal(content[5..], await ReadAsync(name, 5, long.MaxValue - 1));
    }

    [Fact]
    public async Task What_is_put_again_takes_the_place_of_the_former()
    {
        var name = Name();
        await PutAsync(name, [1, 2, 3]);
        await PutAsync(name, [4, 5]);
        Assert.Equal([4, 5], await ReadAsync(name, 0, 1));
    }

    [Fact]
    public async Task What_is_not_there_is_null_and_deleting_it_changes_nothing()
    {
        var name = Name();
        Assert.Null(await Storage.OpenAsync(name, 0, 0, Cancelled));
        await Storage.DeleteAsync(name, Cancelled);
        await PutAsync(name, [1]);
        await Storage.DeleteAsync(name, Cancelled);
        Assert.Null(await Storage.OpenAsync(name, 0, 0, Cancelled));
    }

    [Fact]
    public async Task All_that_is_there_is_listed_by_its_name()
    {
        var names = new List<ObjectName>();
        for (var i = 0; i < 3; i++)
        {
            names.Add(Name());
            await PutAsync(names[^1], [1]);
            await PutAsync(names[^1] with { IsThumbnail = true }, [2]);
        }
        await Storage.CheckAsync(Cancelled);

        var listed = await Storage.ListAsync(Cancelled).ToDictionaryAsync(found => found.Name, found => found.WrittenAt, cancellationToken: Cancelled);

        Assert.All(names, name => Assert.InRange(listed[name], DateTime.UtcNow.AddMinutes(-5), DateTime.UtcNow.AddMinutes(5)));
        Assert.All(names, name => Assert.Contains(name with { IsThumbnail = true }, listed.Keys));
    }

    [Fact]
    public async Task Two_who_put_the_same_name_leave_one_of_their_contents_whole()
    {
        var name = Name();
        var contents = Enumerable.Range(0, 8).Select(i => Enumerable.Repeat((byte)i, 100_000).ToArray()).ToArray();

        await Task.WhenAll(contents.Select(content => PutAsync(name, content)));

        Assert.Contains(await ReadAsync(name, 0, 99_999), contents);
    }

    [Fact]
    public async Task A_storage_that_is_away_says_so()
    {
        var storage = Away();
        var name = Name();
        using var spooled = await Spool.WriteAsync([1], Cancelled);
        await Assert.ThrowsAsync<StorageException>(() => storage.PutAsync(name, spooled, Cancelled));
        await Assert.ThrowsAsync<StorageException>(() => storage.CheckAsync(Cancelled));
    }

    [Fact]
    public async Task A_stream_that_breaks_off_leaves_nothing()
    {
        var broken = new BrokenStream();
        await Assert.ThrowsAsync<IOException>(() => Spool.WriteAsync(broken, _ => long.MaxValue, Cancelled));
        await Assert.ThrowsAsync<FileTooLargeException>(() => Spool.WriteAsync(new MemoryStream(new byte[200_000]), _ => 199_999, Cancelled));
        Assert.DoesNotContain(Directory.GetFiles(Path.Combine(Options.Folder, "tmp")), file => new FileInfo(file).Length > 50_000);
    }

    /// <summary>The same storage without what it needs.</summary>
    protected abstract IFileStorage Away();

    private static ObjectName Name() => new(Guid.CreateVersion7(), Guid.CreateVersion7());

    private async Task PutAsync(ObjectName name, byte[] content)
    {
        using var spooled = await Spool.WriteAsync(content, Cancelled);
        await Storage.PutAsync(name, spooled, Cancelled);
    }

    private async Task<byte[]> ReadAsync(ObjectName name, long from, long to)
    {
        await using var stream = (await Storage.OpenAsync(name, from, to, Cancelled))!;
        using var content = new MemoryStream();
        await stream.CopyToAsync(content, Cancelled);
        return content.ToArray();
    }

    private sealed class BrokenStream : MemoryStream
    {
        private int _reads;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            if (++_reads > 3) throw new IOException("The connection broke");
            return buffer.Length;
        }
    }

    /// <summary>The environment of a program that lies nowhere.</summary>
    internal sealed class Here : IHostEnvironment
    {
        public string ApplicationName { get; set; } = "tests";
        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
        public string ContentRootPath { get; set; } = "/";
        public string EnvironmentName { get; set; } = "Production";
    }
}

public sealed class FolderStorageTests : StorageTests, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pytake-files-").FullName;

    protected override MediaOptions Options => new() { Folder = _folder };

    protected override IFileStorage Storage => new FolderStorage(Microsoft.Extensions.Options.Options.Create(Options), new Here());

    protected override IFileStorage Away()
        => new FolderStorage(Microsoft.Extensions.Options.Options.Create(new MediaOptions { Folder = "/proc/nowhere" }), new Here());

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}

public sealed class BucketStorageTests(BucketFixture bucket) : StorageTests, IClassFixture<BucketFixture>
{
    protected override MediaOptions Options => bucket.Options;

    protected override IFileStorage Storage { get; } = new BucketStorage(Microsoft.Extensions.Options.Options.Create(bucket.Options));

    protected override IFileStorage Away() => new BucketStorage(Microsoft.Extensions.Options.Options.Create(
        new MediaOptions { Folder = Options.Folder, S3 = { Bucket = "files", Endpoint = "http://127.0.0.1:9", PathStyle = true, AccessKey = "a", SecretKey = "b" } }));
}

/// <summary>An S3 of the tests' own: npm's s3rver, from tests/s3.</summary>
public sealed class BucketFixture : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pytake-s3-").FullName;
    private Process? _server;

    public MediaOptions Options { get; private set; } = null!;

    /// <summary>The settings that make a node use it.</summary>
    public (string, string)[] Settings =>
    [
        ("Media:S3:Bucket", Options.S3.Bucket), ("Media:S3:Endpoint", Options.S3.Endpoint), ("Media:S3:PathStyle", "true"),
        ("Media:S3:AccessKey", Options.S3.AccessKey), ("Media:S3:SecretKey", Options.S3.SecretKey),
    ];

    public async ValueTask InitializeAsync()
    {
        var (port, tests) = (Ports.Free(), Path.Combine(Repository.Root, "tests", "s3"));
        if (!Directory.Exists(Path.Combine(tests, "node_modules"))) Assert.Fail("Run npm ci in tests/s3 first, as infra/test does");
        _server = Process.Start(new ProcessStartInfo("node", [Path.Combine(tests, "server.mjs"), $"{port}", Path.Combine(_folder, "s3")])
        {
            WorkingDirectory = tests, RedirectStandardOutput = true,
        })!;
        if (await _server.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30)) != "listening") Assert.Fail("s3rver did not start");
        // The keys that s3rver knows.
        Options = new()
        {
            Folder = Path.Combine(_folder, "spool"),
            S3 = { Bucket = "files", Endpoint = $"http://127.0.0.1:{port}", PathStyle = true, AccessKey = "S3RVER", SecretKey = "S3RVER" },
        };
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            _server.Kill();
            await _server.WaitForExitAsync();
            _server.Dispose();
        }
        Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>Files move between the two while they are shown.</summary>
public sealed class MigrateMediaTests(BucketFixture bucket) : IClassFixture<BucketFixture>
{
    [Fact]
    public async Task All_files_go_to_a_bucket_and_come_back()
    {
        await using var database = await TestDatabase.CreateAsync();
        var content = Samples.Pdf();
        TestOrganization organization;
        string url;
        await using (var node = TestNode.Start(database))
        {
            organization = await Given.Organization(node);
            url = await UploadTests.Upload(organization.Agent, content, "a.pdf");
        }
        await using (var node = TestNode.Start(database, bucket.Settings))
        {
            var migrate = node.Get<MigrateMedia>();
            Assert.True(await migrate.RunAsync("s3", TestContext.Current.CancellationToken));
            Assert.Equal(content, await node.Client(organization.Agent.Token).GetByteArrayAsync(url, TestContext.Current.CancellationToken));
            Assert.True(await migrate.RunAsync("s3", TestContext.Current.CancellationToken));

            Directory.Delete(Path.Combine(Path.GetTempPath(), "pytake-tests", database.Name), recursive: true);
            Assert.True(await migrate.RunAsync("folder", TestContext.Current.CancellationToken));
        }
        await using (var node = TestNode.Start(database))
            Assert.Equal(content, await node.Client(organization.Agent.Token).GetByteArrayAsync(url, TestContext.Current.CancellationToken));
    }
}
