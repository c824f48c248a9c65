using NetArchTest.Rules;

namespace PyTake;

/// <summary>Namespaces depend on each other in one direction only, so that each can be understood with nothing but those before it.</summary>
public sealed class DependencyTests
{
    // Each may use those above it. Those in the same line do not use each other.
    private static readonly string[][] Order =
    [
        ["Hosting"],
        ["Json"],
        ["Telemetry"],
        ["Database"],
        ["Http"],
        ["Nodes"],
        ["Jobs"],
        ["Accounts"],
        ["Conversations"],
        ["Media"],
        ["Realtime", "WhatsApp"],
        ["SocketIo"],
        ["Operations", "Web"],
    ];

    public static TheoryData<string> Namespaces => [.. Order.SelectMany(row => row)];

    [Theory]
    [MemberData(nameof(Namespaces))]
    public void A_namespace_uses_only_what_stands_before_it(string name)
    {
        var position = Array.FindIndex(Order, row => row.Contains(name));
        var edges = Order.Skip(position).SelectMany(row => row).Where(other => other != name).SelectMany(other => Uses(name, other));

        Assert.Empty(edges);
    }

    [Fact]
    public void Every_namespace_has_its_place()
    {
        var names = typeof(Program).Assembly.GetTypes()
            .Select(type => type.Namespace?.Split('.'))
            .Where(parts => parts is ["PyTake", _, ..])
            .Select(parts => parts![1]);

        Assert.Empty(names.Distinct().Except(Namespaces.Select(row => row.Data)));
    }

    private static IEnumerable<string> Uses(string name, string other) =>
        (Types.InAssembly(typeof(Program).Assembly)
            .That().ResideInNamespaceMatching($@"^PyTake\.{name}(\.|$)")
            .ShouldNot().HaveDependencyOn($"PyTake.{other}")
            .GetResult().FailingTypeNames ?? []).Select(type => $"{type} uses PyTake.{other}");
}
