using JamBox.Edge.ArduinoOta;

namespace JamBox.Edge.Tests.ArduinoOta;

/// <summary>Proofs of the password. The expected ones were made by Python's hashlib from the formulas of Espressif's espota.</summary>
public sealed class OtaAuthenticationTests
{
    private const string Password = "s3cret-PW";
    private const string Md5Hex = "62e196420f90c1258ad5df3029251718";
    private const string Sha256Hex = "0a28a3363e3509abd629926b1953336af5516ebae56b1a3e609429e4901bbd32";

    private const string Nonce32 = "0123456789abcdef0123456789abcdef";
    private const string Client32 = "fedcba9876543210fedcba9876543210";
    private const string Nonce64 = Nonce32 + Nonce32;
    private const string Client64 = Client32 + Client32;

    [Theory]
    [InlineData(OtaScheme.Md5, Md5Hex, Nonce32, Client32, "0fb4a36694758511ad8a4e2fbd6651fd")]
    [InlineData(OtaScheme.Sha256, Sha256Hex, Nonce64, Client64, "28203ccecbcc867d6fd67232d95497264f3dcd546ead30023cfa5d5b81d6700a")]
    [InlineData(OtaScheme.Sha256, Md5Hex, Nonce64, Client64, "b59da8233a2cd7b9c9305339c251e4c555757a8d9c4fa8eab90462770000cd0b")]
    public void A_challenge_is_answered_as_espota_does(OtaScheme scheme, string hash, string nonce, string client, string expected)
    {
        Assert.Equal(expected, OtaAuthentication.Respond(scheme, hash, nonce, client));
    }

    [Fact]
    public void A_password_of_text_fits_both_schemes_and_the_newer_form_is_tried_first()
    {
        OtaPassword password = OtaPassword.Parse(Password);
        Assert.Equal([Md5Hex], password.FormsFor(OtaScheme.Md5));
        Assert.Equal([Sha256Hex, Md5Hex], password.FormsFor(OtaScheme.Sha256));
    }

    [Fact]
    public void A_password_known_by_its_hash_alone_fits_as_far_as_it_can()
    {
        OtaPassword md5 = OtaPassword.Parse("md5:" + Md5Hex.ToUpperInvariant());
        Assert.Equal([Md5Hex], md5.FormsFor(OtaScheme.Md5));
        Assert.Equal([Md5Hex], md5.FormsFor(OtaScheme.Sha256));

        OtaPassword sha = OtaPassword.Parse("sha256:" + Sha256Hex);
        Assert.Empty(sha.FormsFor(OtaScheme.Md5));
        Assert.Equal([Sha256Hex], sha.FormsFor(OtaScheme.Sha256));
        Assert.False(OtaPassword.Parse("").IsKnown);
    }

    [Theory]
    [InlineData("md5:0123")]
    [InlineData("sha256:zz")]
    [InlineData("md5:0123456789abcdef0123456789abcdeg")]
    public void A_hash_of_another_length_is_refused_and_not_shown(string setting)
    {
        FormatException refusal = Assert.Throws<FormatException>(() => OtaPassword.Parse(setting));
        Assert.DoesNotContain(setting[(setting.IndexOf(':') + 1)..], refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nonces_differ_and_are_as_long_as_the_modules()
    {
        Assert.NotEqual(OtaAuthentication.NewNonce(OtaScheme.Md5), OtaAuthentication.NewNonce(OtaScheme.Md5));
        Assert.Matches("^[0-9a-f]{32}$", OtaAuthentication.NewNonce(OtaScheme.Md5));
        Assert.Matches("^[0-9a-f]{64}$", OtaAuthentication.NewNonce(OtaScheme.Sha256));
    }
}
