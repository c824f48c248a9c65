using Hangfire;
using Hangfire.Common;

namespace PyTake.Jobs;

/// <summary>
/// The filters applied to every job. Hangfire's default list also stores cultures and handles continuations, which are not used here and
/// cost every job SQL statements; and it retries ten times over hours, while jobs here declare their own retries.
/// </summary>
internal static class JobFilters
{
    public static IJobFilterProvider Create()
    {
        var all = new JobFilterCollection { new AutomaticRetryAttribute { Attempts = 0 }, new StatisticsHistoryAttribute() };
        return new JobFilterProviderCollection(all, new JobFilterAttributeFilterProvider());
    }
}
