using PyTake.Faults.Load;

namespace PyTake.Faults.Inflicted;

/// <summary>Something goes wrong while customers' photos are fetched: in the end each is stored, once, with the bytes that were sent.</summary>
internal abstract class FileFault(string name, string sentence) : Fault(name, sentence)
{
    private const int Photos = 30;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);

    /// <summary>Before the photos are sent.</summary>
    protected virtual Task PrepareAsync(Scene scene, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>While they are fetched; undoes what was prepared.</summary>
    protected abstract Task BreakAsync(Scene scene, CancellationToken cancellationToken);

    public override async Task InflictAsync(Scene scene, CancellationToken cancellationToken)
    {
        await PrepareAsync(scene, cancellationToken);
        var sent = new List<CustomerPhoto>();
        foreach (var organization in scene.Organizations)
        {
            var photos = await scene.PhotosAsync(organization.PhoneNumberId, Photos);
            await organization.Customers.PhotosAsync(photos, cancellationToken);
            sent.AddRange(photos);
        }
        await BreakAsync(scene, cancellationToken);
        await Wait.Until(async () => await StoredAsync(scene, sent) == sent.Count, Deadline, "not every photo was stored with the bytes that were sent");
    }

    private static Task<long> StoredAsync(Scene scene, IEnumerable<CustomerPhoto> photos) => scene.Database.NumberAsync($"""
        select count(distinct f.id)
        from files f
        join media d on d.file_id = f.id
        join messages m on m.id = d.message_id
        where encode(f.sha256, 'hex') = any({Database.Array(photos.Select(photo => photo.Sha256))}) and m.media ->> 'state' = 'stored'
        """);
}

internal sealed class FilesSlow() : FileFault("files-slow", "WhatsApp takes 3 s for each file, for 10 s")
{
    public override Promise Promise => new(Errors: 0);

    protected override Task PrepareAsync(Scene scene, CancellationToken cancellationToken) => scene.RuleAsync(new { media = "download", status = 200, delay_ms = 3000 });

    protected override async Task BreakAsync(Scene scene, CancellationToken cancellationToken)
    {
        await Task.Delay(TimeSpan.FromSeconds(10), cancellationToken);
        await scene.NoRulesAsync();
    }
}

internal sealed class FilesBroken() : FileFault("files-broken", "WhatsApp has forgotten files' addresses, sends half of them, or others than it announced, and refuses them")
{
    public override Promise Promise => new(Errors: 0);

    protected override async Task PrepareAsync(Scene scene, CancellationToken cancellationToken)
    {
        await scene.RuleAsync(new { media = "download", status = 404, times = 5 });
        await scene.RuleAsync(new { media = "download", status = 200, fault = "truncated", times = 5 });
        await scene.RuleAsync(new { media = "download", status = 200, fault = "wrong_hash", times = 5 });
        await scene.RuleAsync(new { media = "lookup", status = 200, fault = "wrong_hash", times = 5 });
        await scene.RuleAsync(new { media = "lookup", status = 503, times = 5 });
        await scene.RuleAsync(new { media = "download", status = 500, times = 5 });
    }

    protected override async Task BreakAsync(Scene scene, CancellationToken cancellationToken)
    {
        await Task.Delay(TimeSpan.FromSeconds(5), cancellationToken);
        await scene.NoRulesAsync();
    }
}

internal sealed class FilesNodeKilled() : FileFault("files-node-killed", "A node is killed while it fetches files, and started again")
{
    public override bool IsQuick => true;

    protected override Task PrepareAsync(Scene scene, CancellationToken cancellationToken) => scene.RuleAsync(new { media = "download", status = 200, delay_ms = 2000 });

    protected override async Task BreakAsync(Scene scene, CancellationToken cancellationToken)
    {
        await Wait.Until(
            async () => await scene.Database.NumberAsync("select count(*) from media_downloads where claim_id is not null") > 0, TimeSpan.FromSeconds(10), "no node fetched a file");
        var node = scene.AnyNode();
        Processes.Kill(node.Pid);
        await scene.NoRulesAsync();
        await scene.Parts.StartAsync(node.Name);
    }
}
