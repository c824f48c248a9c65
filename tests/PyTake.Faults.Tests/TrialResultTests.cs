using PyTake.Faults.Inflicted;

namespace PyTake.Faults;

public sealed class TrialResultTests
{
    [Theory]
    [InlineData("500", true)]
    [InlineData("503", false)]
    [InlineData("no answer", false)]
    public void Whatever_is_broken_nobody_is_told_of_a_bug(string told, bool isBug)
    {
        var result = new TrialResult { Fault = Fault.All.First(fault => fault.Promise.Errors is null), Errors = new Dictionary<string, int> { [told] = 2 } };

        Assert.Equal(isBug ? ["2 REST calls were answered 500, promised are none"] : [], result.BrokenPromises);
    }
}
