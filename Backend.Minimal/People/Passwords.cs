using System.Globalization;

using Microsoft.AspNetCore.Identity;

namespace JamBox.Backend.People;

/// <summary>Passwords, in ASP.NET Core's format: PBKDF2 with HMAC-SHA-512, 100,000 rounds and a salt of 128 bits.</summary>
internal sealed class Passwords
{
    /// <summary>Characters of a password at least.</summary>
    public const int MinChars = 12;

    /// <summary>Characters of a password at most.</summary>
    public const int MaxChars = 256;

    /// <summary>Said of what a stranger would try early.</summary>
    public const string TooEasy = "password: is too easy to guess";

    private readonly PasswordHasher<Passwords> _hasher = new();

    /// <summary>What a password is compared with where there is none: as much work, and nobody knows its password.</summary>
    private readonly string _nobody;

    /// <summary>Makes the hasher.</summary>
    public Passwords() => _nobody = _hasher.HashPassword(this, Guid.NewGuid().ToString());

    /// <summary>Why a password is refused; null = it is not.</summary>
    public static string? FindFault(string? password, string email) =>
        password is null || password.Length < MinChars ? string.Create(
            CultureInfo.InvariantCulture, $"password: must have at least {MinChars} characters")
        : password.Contains(email, StringComparison.OrdinalIgnoreCase) || password.Distinct().Count() < 5 || IsRepetition(password)
            ? TooEasy
        : null;

    /// <summary>Whether it is one piece again and again: <c>passwordpassword</c>.</summary>
    private static bool IsRepetition(string password) =>
        Enumerable.Range(1, password.Length / 2).Any(
            length => Enumerable.Range(length, password.Length - length).All(i => password[i] == password[i - length]));

    /// <summary>Hashes a password.</summary>
    public string Hash(string password) => _hasher.HashPassword(this, password);

    /// <summary>Whether a password is the one that was hashed. It takes the same time when there is no hash.</summary>
    public bool Matches(string password, string? hash) =>
        _hasher.VerifyHashedPassword(this, hash ?? _nobody, password) != PasswordVerificationResult.Failed && hash is not null;
}
