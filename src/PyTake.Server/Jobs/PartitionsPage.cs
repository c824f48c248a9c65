using Hangfire.Dashboard;
using Hangfire.Dashboard.Pages;

namespace PyTake.Jobs;

/// <summary>Shows which node owns which partition of webhook items, and what is waiting there.</summary>
internal sealed class PartitionsPage : RazorPage
{
    public const string Path = "/partitions";
    public const string Title = "Partitions";

    /// <inheritdoc/>
    public override void Execute()
    {
        Layout = new LayoutPage(Title);
        WriteLiteral("<div class=\"row\"><div class=\"col-md-12\"><h1 class=\"page-header\">");
        Write(Title);
        WriteLiteral("</h1>");
        if (this.Figures() is { } figures) WriteFigures(figures);
        else WriteLiteral("<div class=\"alert alert-warning\">The database does not answer in time.</div>");
        WriteLiteral("</div></div>");
    }

    private void WriteFigures(WorkFigures figures)
    {
        WriteLiteral("<p>Webhook items are spread over partitions by customer, so that those of one customer stay in order. "
            + "Each partition is processed by one node.</p>");
        WriteLiteral("<table class=\"table table-condensed partitions\" data-renew>"
            + "<thead><tr><th>Partition</th><th>Node</th><th>Items waiting</th><th>Oldest waits for</th></tr></thead><tbody>");
        foreach (var partition in figures.Partitions.OrderByDescending(partition => partition.Waiting > 0)) WriteRow(partition);
        WriteLiteral("</tbody></table>");
    }

    private void WriteRow(PartitionFigures partition)
    {
        WriteLiteral(partition.Waiting > 0 ? "<tr class=\"busy\">" : "<tr>");
        Write(Cell($"{partition.Number}"));
        Write(Cell(partition.Node ?? "none"));
        Write(Cell($"{partition.Waiting:N0}"));
        Write(Cell(partition.Waiting > 0 ? DashboardMetricsOfWork.Age(partition.Oldest) : ""));
        WriteLiteral("</tr>");
    }

    private static NonEscapedString Cell(string text) => new($"<td>{System.Net.WebUtility.HtmlEncode(text)}</td>");
}
