namespace PyTake.WhatsApp;

public sealed class PhoneNumbersTests
{
    [Theory]
    [InlineData("5511911112222", "551111112222")]
    [InlineData("551111112222", "551111112222")]
    [InlineData("+55 (11) 91111-2222", "551111112222")]
    [InlineData("551133334444", "551133334444")]
    [InlineData("5215512345678", "525512345678")]
    [InlineData("525512345678", "525512345678")]
    [InlineData("5491123456789", "541123456789")]
    [InlineData("541123456789", "541123456789")]
    [InlineData("351912345678", "351912345678")]
    [InlineData("16315551181", "16315551181")]
    [InlineData("5591", "5591")]
    [InlineData("", "")]
    public void One_customer_has_one_spelling(string number, string normalized) => Assert.Equal(normalized, PhoneNumbers.Normalize(number));
}
