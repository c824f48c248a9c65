using System.Text.Json;

namespace PyTake.Harness;

/// <summary>cluster.json, as infra/up writes it. A part with pid 0 runs on another machine or not at all.</summary>
public sealed record ClusterFile(
    Uri BaseUrl,
    ClusterNode[] Nodes,
    ClusterServer Nginx,
    ClusterServer Redis,
    ClusterDatabase Postgres,
    ClusterSimulator Simulator,
    ClusterWhatsApp Whatsapp)
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <exception cref="IOException">There is no such file.</exception>
    /// <exception cref="JsonException">The file describes no cluster.</exception>
    public static ClusterFile Read(string file) =>
        JsonSerializer.Deserialize<ClusterFile>(File.ReadAllText(file), Json) ?? throw new JsonException($"{file} is empty");
}

public sealed record ClusterNode(string Name, Uri Url, int Pid);

public sealed record ClusterServer(int Port, int Pid);

public sealed record ClusterSimulator(Uri Url, int Pid);

/// <param name="ConnectionString">In Npgsql's format.</param>
public sealed record ClusterDatabase(int Port, int Pid, string ConnectionString);

/// <param name="AccessToken">The token to which the simulator proves every number; null where it was not written down.</param>
public sealed record ClusterWhatsApp(string PhoneNumberId, string DisplayPhoneNumber, string AppSecret, string? AccessToken = null);
