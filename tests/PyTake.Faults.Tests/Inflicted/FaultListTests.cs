namespace PyTake.Faults.Inflicted;

public sealed class FaultListTests
{
    [Fact]
    public void Every_fault_has_a_name_of_its_own_and_a_sentence()
    {
        Assert.NotEmpty(Fault.All);
        Assert.Equal(Fault.All.Count, Fault.All.Select(fault => fault.Name).Distinct().Count());
        Assert.All(Fault.All, fault => Assert.Matches("^[a-z][a-z-]+$", fault.Name));
        Assert.All(Fault.All, fault => Assert.Matches("^[A-Zn].{20,}[^.]$", fault.Sentence));
    }

    [Fact]
    public void The_short_selection_is_short() => Assert.InRange(Fault.All.Count(fault => fault.IsQuick), 4, 8);
}
