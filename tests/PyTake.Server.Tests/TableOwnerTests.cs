using System.Text.RegularExpressions;

namespace PyTake;

/// <summary>All SQL that writes a table is in one file, so that its rules can be read in one place.</summary>
public sealed partial class TableOwnerTests
{
    private static readonly string Server = Path.Combine(Repository.Root, "src", "PyTake.Server");

    // Their queue is written where updates arrive, where they are processed, and where what they wait for arrives.
    private static readonly string[] Excepted = ["webhook_items", "webhook_items_set_aside"];

    public static TheoryData<string> Tables => [.. Directory.GetFiles(Path.Combine(Server, "Database", "Migrations"), "*.sql")
        .SelectMany(file => CreateTable().Matches(File.ReadAllText(file)), (_, match) => match.Groups["table"].Value)
        .Except(Excepted)];

    [Theory]
    [MemberData(nameof(Tables))]
    public void A_table_is_written_by_one_class(string table)
    {
        var writes = new Regex($@"\b(insert into|update|delete from) {table}\b");

        var owners = Directory.GetFiles(Server, "*.cs", SearchOption.AllDirectories).Where(file => writes.IsMatch(File.ReadAllText(file)));

        Assert.Single(owners.Select(Path.GetFileName));
    }

    [GeneratedRegex(@"^create table (?<table>\w+)", RegexOptions.Multiline)]
    private static partial Regex CreateTable();
}
