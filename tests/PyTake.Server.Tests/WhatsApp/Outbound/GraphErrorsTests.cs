namespace PyTake.WhatsApp.Outbound;

public class GraphErrorsTests
{
    // The rows of WHATSAPP, section 10.
    [Theory]
    [InlineData(GraphErrorClass.Credentials, 0, 3, 10, 102, 190, 200, 299, 131005)]
    [InlineData(GraphErrorClass.AccountIntegrity, 368, 130497, 131031)]
    [InlineData(GraphErrorClass.Throttle, 4, 80007, 130429, 131048, 131056, 131064, 133016)]
    [InlineData(GraphErrorClass.Transient, 1, 2, 131000, 131016, 131057, 133004)]
    [InlineData(GraphErrorClass.Window, 131047)]
    [InlineData(GraphErrorClass.Recipient, 131026, 131021, 130403, 131030, 131062, 131063)]
    [InlineData(GraphErrorClass.Marketing, 130472, 131049, 131050, 134100, 134101, 134102)]
    [InlineData(GraphErrorClass.Content, 33, 100, 131008, 131009, 131051, 131052, 131053, 131055)]
    [InlineData(GraphErrorClass.Template, 132000, 132001, 132005, 132007, 132012, 132015, 132016, 132018, 132068, 132069)]
    [InlineData(GraphErrorClass.Registration, 131037, 131045, 133010, 133000, 133005, 133006, 133008, 133009, 133015)]
    [InlineData(GraphErrorClass.Payment, 131042, 134011)]
    [InlineData(GraphErrorClass.Unknown, 135000, 999999, 300, 199)]
    public void A_code_has_its_class(GraphErrorClass expected, params int[] codes)
        => Assert.All(codes, code => Assert.Equal(expected, GraphErrors.Classify(400, code, null)));

    [Theory]
    // The code decides; its status does not: 3 comes with 500.
    [InlineData(500, 3, GraphErrorClass.Credentials)]
    [InlineData(500, 131026, GraphErrorClass.Recipient)]
    [InlineData(500, 135000, GraphErrorClass.Transient)]
    [InlineData(503, null, GraphErrorClass.Transient)]
    [InlineData(429, null, GraphErrorClass.Throttle)]
    [InlineData(401, null, GraphErrorClass.Credentials)]
    [InlineData(408, null, GraphErrorClass.Transient)]
    [InlineData(404, null, GraphErrorClass.Unknown)]
    public void The_status_decides_where_the_code_says_nothing(int status, int? code, GraphErrorClass expected)
        => Assert.Equal(expected, GraphErrors.Classify(status, code, null));

    [Theory]
    [InlineData("131042", true)]
    [InlineData("134011", true)]
    [InlineData("131031", true)]
    [InlineData("190", true)]
    [InlineData("133010", true)]
    [InlineData("131026", false)]
    [InlineData("131047", false)]
    [InlineData("timeout", false)]
    [InlineData(null, false)]
    public void What_concerns_the_whole_number_is_told_from_what_concerns_a_message(string? code, bool stops)
        => Assert.Equal(stops, GraphErrors.Classify(code).StopsNumber());

    [Fact]
    public void A_phone_number_id_that_does_not_exist_is_the_numbers_fault_and_not_the_messages()
        => Assert.Equal(GraphErrorClass.Credentials, GraphErrors.Classify(400, 100, 33));

    [Fact]
    public void Class_names_are_those_of_the_wire()
        => Assert.Equal(["credentials", "account_integrity", "throttle"], new[] { GraphErrorClass.Credentials, GraphErrorClass.AccountIntegrity, GraphErrorClass.Throttle }.Select(c => c.Word()));
}
