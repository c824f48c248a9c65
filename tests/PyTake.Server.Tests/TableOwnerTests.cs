using System.Text.RegularExpressions;

namespace PyTake;

/// <summary>All SQL that writes a table is in one file, so that its rules can be read in one place.</summary>
public sealed partial class TableOwnerTests
{
    private static readonly string Server = Path.Combine(Repository.Root, "src", "PyTake.Server");

    public static TheoryData<string> Tables => [.. Directory.GetFiles(Path.Combine(Server, "Database", "Migrations"), "*.sql")
        .SelectMany(file => CreateTable().Matches(File.ReadAllText(file)), (_, match) => match.Groups["table"].Value)];

    [Theory]
    [MemberData(nameof(Tables))]
    public void A_table_is_written_by_one_class(string table)
    {
        var writes = new Regex($@"\b(insert into|update|delete from) {table}\b");

        // Its SQL is part of the statements that store what deferred items wait for.
        const string Embedded = "WaitingItems.cs";
        var owners = Directory.GetFiles(Server, "*.cs", SearchOption.AllDirectories).Where(file => writes.IsMatch(File.ReadAllText(file)));

        Assert.Single(owners.Select(Path.GetFileName), file => file != Embedded);
    }

    [GeneratedRegex(@"^create table (if not exists )?(?<table>\w+)", RegexOptions.Multiline)]
    private static partial Regex CreateTable();
}
