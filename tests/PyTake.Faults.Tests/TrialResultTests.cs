using PyTake.Faults.Inflicted;

namespace PyTake.Faults;

public sealed class TrialResultTests
{
    [Theory]
    [InlineData("500", true)]
    [InlineData("503", false)]
    [InlineData("no answer", false)]
    public void A_call_that_is_answered_500_breaks_a_promise_under_any_fault(string told, bool isBug)
    {
        var result = new TrialResult { Fault = Fault.All.First(fault => fault.Promise.Errors is null), Errors = new Dictionary<string, int> { [told] = 2 } };

        Assert.Equal(isBug ? ["2 REST calls were answered 500; promised: none"] : [], result.BrokenPromises);
    }
}
