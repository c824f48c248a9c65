namespace PyTake.WhatsApp;

public sealed class PhoneNumbersTests
{
    [Theory]
    [InlineData("5511981112222", "551181112222")]
    [InlineData("551181112222", "551181112222")]
    [InlineData("+55 (11) 98111-2222", "551181112222")]
    [InlineData("5511911112222", "5511911112222")]
    [InlineData("551133334444", "551133334444")]
    [InlineData("5511933334444", "5511933334444")]
    [InlineData("5511923334444", "5511923334444")]
    [InlineData("5511953334444", "5511953334444")]
    [InlineData("5511963334444", "551163334444")]
    [InlineData("5511993334444", "551193334444")]
    [InlineData("+5511993334444", "551193334444")]
    [InlineData("+55 (0) 11 99333-4444", "551193334444")]
    [InlineData("55011993334444", "551193334444")]
    [InlineData("+54 11 15-2345-6789", "541123456789")]
    [InlineData("54111523456789", "541123456789")]
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
