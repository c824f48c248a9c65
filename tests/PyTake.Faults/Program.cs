using PyTake.Faults;
using PyTake.Faults.Inflicted;
using PyTake.Faults.Peers;
using PyTake.Faults.Soaking;

try
{
    var options = FaultOptions.Parse(args);
    if (options.Check) return 0;
    if (options.List)
    {
        foreach (var fault in Fault.All) Console.WriteLine($"{fault.Name,-24} {fault.Sentence}");
        return 0;
    }
    Directory.CreateDirectory(options.Out);
    if (options.Peer != "")
    {
        var peer = Peer.Read(options.Peer);
        using var http = Site.Client(peer.BaseUrl);
        (await new PeerTrial(peer, http, Console.WriteLine).RunAsync(options.Only)).Write(options.Out);
        return 0;
    }
    using var site = new Site(options.Cluster, Environment.GetEnvironmentVariable("GRAPH_TOKEN") ?? throw new ArgumentException("GRAPH_TOKEN is not set"), options.Seed);
    if (options.Soak > TimeSpan.Zero) return await Soak.RunAsync(options, site) ? 0 : 1;

    Console.Error.WriteLine($"Seed {options.Seed}");
    var results = await new Campaign(options, site).RunAsync(Console.Error.WriteLine);
    var table = Table.Render(results, Beside.Read(options.Out));
    await File.WriteAllTextAsync(Path.Combine(options.Out, "faults.md"), table + "\n");
    Console.WriteLine(table);

    // Figures depend on the machine's other load, so the short selection of infra/test ignores them.
    var failed = results.Count(result => result.IsBroken || (!options.Quick && result.BrokenPromises.Count > 0));
    Console.WriteLine($"{results.Count(result => result.Skipped is null) - failed} passed, {failed} failed");
    return failed > 0 ? 1 : 0;
}
catch (ArgumentException exception)
{
    Console.Error.WriteLine($"{exception.Message}\n{FaultOptions.Usage}");
    return 2;
}
