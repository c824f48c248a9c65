using PyTake.Database;
using PyTake.Http;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddSingleton(TimeProvider.System);
builder.Services.ConfigureHttpJsonOptions(options => Wire.Configure(options.SerializerOptions));
builder.AddDatabase();

var app = builder.Build();
app.UseApiErrors();
app.Run();
