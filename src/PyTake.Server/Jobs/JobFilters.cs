using Hangfire;
using Hangfire.Common;

namespace PyTake.Jobs;

/// <summary>
/// What happens to every job. Hangfire's own list also keeps cultures and continuations, which nobody here has and each job pays for
/// with statements; and tries again ten times over hours, where jobs here say themselves how often.
/// </summary>
internal static class JobFilters
{
    public static IJobFilterProvider Create()
    {
        var all = new JobFilterCollection { new AutomaticRetryAttribute { Attempts = 0 }, new StatisticsHistoryAttribute() };
        return new JobFilterProviderCollection(all, new JobFilterAttributeFilterProvider());
    }
}
