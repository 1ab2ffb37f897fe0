using JamBox.Backend.Mqtt.Access;

namespace JamBox.Backend.Tests.Mqtt.Access;

/// <summary>What <c>Mqtt:SharedUsers</c> may hold; what is wrong is said without the password.</summary>
public sealed class SharedUserTests
{
    [Theory]
    [InlineData(null, true)]
    [InlineData("", true)]
    [InlineData("a:vesper:password", true)]
    [InlineData("a:vesper:password,b:jambox:pass:word", true)]
    [InlineData("a:vesper:short", false)]
    [InlineData("a:other:password", false)]
    [InlineData("key:vesper:password", false)]
    [InlineData("a:vesper:password,a:jambox:password", false)]
    [InlineData("a:vesper", false)]
    [InlineData(":vesper:password", false)]
    public void WhatIsWrongIsSaid(string? text, bool isRight)
    {
        string? fault = SharedUser.FindFault(text, "jambox:device+env,vesper:serial");
        Assert.Equal(isRight, fault is null);
        Assert.DoesNotContain("pass:word", fault ?? "", StringComparison.Ordinal);
    }
}
