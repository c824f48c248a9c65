using System.Text.Json;

namespace PyTake.Bench;

/// <summary>cluster.json, as infra/up writes it. A pid of 0 is a part that runs elsewhere or not at all.</summary>
internal sealed record Cluster(
    Uri BaseUrl,
    ClusterNode[] Nodes,
    ClusterPart Nginx,
    ClusterPart Redis,
    ClusterDatabase Postgres,
    ClusterPart Simulator,
    ClusterWhatsApp Whatsapp,
    string PackageSet)
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <exception cref="IOException">There is no such file.</exception>
    /// <exception cref="JsonException">The file describes no cluster.</exception>
    public static Cluster Read(string file) =>
        JsonSerializer.Deserialize<Cluster>(File.ReadAllText(file), Json) ?? throw new JsonException($"{file} is empty");
}

internal sealed record ClusterNode(string Name, int Pid, string Url);

internal sealed record ClusterPart(int Pid);

/// <param name="ConnectionString">In Npgsql's spelling.</param>
internal sealed record ClusterDatabase(int Pid, string ConnectionString);

internal sealed record ClusterWhatsApp(string PhoneNumberId, string DisplayPhoneNumber, string AppSecret);
