namespace PyTake.Bench;

/// <summary>One kind of load. Message i of a round goes to conversation i % Conversations.</summary>
/// <param name="Browsers">Clients that are joined to the conversations, spread evenly.</param>
/// <param name="Rate">Webhooks per second at a constant arrival rate; 0: as fast as they are answered, with <paramref name="InFlight"/> in flight.</param>
/// <param name="Deaf">Browsers that join some conversations and then read nothing.</param>
/// <param name="Talkers">Browsers that type, join and leave without end, 1,000 calls per second each.</param>
/// <param name="Owners">Browsers of agents who each own a conversation and watch their own; all others watch the open ones. 0: none watches the list.</param>
internal sealed record Load(
    char Name, string Title, int Browsers, int Conversations, double Rate, int InFlight = 0, int Deaf = 0, int Talkers = 0, int Owners = 0)
{
    private static readonly Load[] All =
    [
        new('A', "200 browsers in 20 conversations, 200 webhooks/s", 200, 20, 200),
        new('B', "1,000 browsers in 10 conversations, 50 webhooks/s", 1000, 10, 50),
        new('N', "1,000 browsers with the list, 950 with their own conversations and 50 with all open ones, 50 webhooks/s", 1000, 950, 50, Owners: 950),
        new('C', "64 webhooks in flight for 100 customers", 0, 100, 0, 64),
        new('L', "A, beside a browser that reads nothing and one that types and joins without end", 200, 20, 200, Deaf: 1, Talkers: 1),
        new('W', "A, beside 200 browsers that read nothing", 200, 20, 200, Deaf: 200),
        new('M', "C, with many messages stored beforehand", 0, 100, 0, 64),
    ];

    public static Load Named(char name) => All.Single(load => load.Name == name);

    public bool HasBrowsers => Browsers > 0;

    public bool IsDisturbed => Deaf + Talkers > 0;
}

/// <summary>How long a round takes, and how many browsers reconnect in a storm.</summary>
/// <param name="Turn">How long a disturbed load is measured without the disturbers, and then with them.</param>
/// <param name="WarmUp">Needed because .NET compiles a node's hot code in the first 10 seconds or so, on the processors being measured.</param>
internal sealed record Pace(TimeSpan WarmUp, TimeSpan Measured, TimeSpan Turn, TimeSpan DiskProbe, int Storm)
{
    public static readonly Pace Full = new(TimeSpan.FromSeconds(12), TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2), 5_000);
    public static readonly Pace Quick = new(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1), 500);
}
