namespace MinimalApplication;

/// <summary>Names this application to those who reference another one too: every one has a Program.</summary>
public sealed class Greeting
{
    public const string Text = "hello";
}
