"""Phrases of five languages from which the captions and comments of the scale measurement are put together."""

from __future__ import annotations

OPENINGS = {
    "en": (
        "Slow morning at the kitchen table", "We finally made it to the coast", "My honest week in numbers",
        "Three things I learned about bread", "You asked and here it is", "Back in the studio after a long break",
        "This is your sign to go outside", "Sunday reset with the whole family",
    ),
    "es": (
        "Mañana tranquila en la cocina de casa", "Por fin llegamos a la costa", "Mi semana sincera en números",
        "Tres cosas que aprendí sobre el pan", "Lo habéis pedido y aquí está", "Hoy vuelvo al estudio con ganas",
    ),
    "fr": (
        "Matin calme à la table de la cuisine", "On est enfin arrivés sur la côte", "Ma semaine en toute franchise",
        "Trois choses que j'ai apprises sur le pain", "Vous l'avez demandé et le voici", "De retour à l'atelier",
    ),
    "de": (
        "Ein ruhiger Morgen am Küchentisch", "Wir sind endlich an der Küste", "Meine ehrliche Woche in Zahlen",
        "Drei Dinge, die ich über Brot gelernt habe", "Ihr habt gefragt und hier ist es", "Zurück im Studio",
    ),
    "pt": (
        "Manhã tranquila na mesa da cozinha", "Finalmente chegamos ao litoral", "Minha semana sincera em números",
        "Três coisas que aprendi sobre pão", "Vocês pediram e aqui está", "De volta ao estúdio com vontade",
    ),
}  # fmt: skip

MIDDLES = {
    "en": (
        "and I have so many thoughts about how small habits add up over the years",
        "with a cup of tea that has gone cold because the light was too good to miss",
        "and yes the dog is in every single picture because that is how it works here",
        "so here is what I would do again and what I would leave at home the next time",
        "and the recipe is in the notes below, save it before you forget about it",
        "because nobody told me how much better it gets when you do not rush it",
    ),
    "es": (
        "y tengo muchas ideas sobre cómo los pequeños hábitos suman con los años",
        "con una taza de té que se quedó fría porque la luz era demasiado bonita",
        "así que esto es lo que haría otra vez y lo que dejaría en casa",
        "porque nadie me dijo lo bien que sale cuando no tienes prisa",
    ),
    "fr": (
        "et j'ai tant de choses à dire sur les petites habitudes qui comptent avec les années",
        "avec une tasse de thé froide parce que la lumière était trop belle",
        "alors voici ce que je referais et ce que je laisserais à la maison",
        "parce que personne ne m'a dit que c'est bien mieux quand on prend son temps",
    ),
    "de": (
        "und ich habe so viele Gedanken dazu, wie kleine Gewohnheiten über die Jahre zählen",
        "mit einer Tasse Tee, die kalt wurde, weil das Licht zu schön war",
        "also hier ist, was ich wieder machen würde und was ich zu Hause lasse",
        "weil mir niemand gesagt hat, wie gut es wird, wenn man sich nicht beeilt",
    ),
    "pt": (
        "e tenho tantas ideias sobre como os pequenos hábitos somam com os anos",
        "com uma xícara de chá que esfriou porque a luz estava linda demais",
        "então aqui está o que eu faria de novo e o que deixaria em casa",
        "porque ninguém me disse como fica melhor quando a gente não tem pressa",
    ),
}  # fmt: skip

ENDINGS = {
    "en": ("What would you add? 🌿", "Tell me below!", "See you on Friday.", "Which one is yours, 1 or 2? 🙂"),
    "es": ("¿Qué añadiríais vosotros? 🌿", "¡Contadme abajo!", "Nos vemos el viernes.", "¿Cuál es la vuestra?"),
    "fr": ("Et vous, qu'est-ce que vous ajouteriez ? 🌿", "Dites-moi tout !", "À vendredi.", "Laquelle est la vôtre ?"),
    "de": ("Was würdet ihr ergänzen? 🌿", "Erzählt es mir unten!", "Bis Freitag.", "Welches ist eures?"),
    "pt": ("O que vocês acrescentariam? 🌿", "Me contem aqui embaixo!", "Até sexta.", "Qual é o de vocês?"),
}  # fmt: skip

TAGS = (
    "#slowliving #homecooking", "#travelgram #coast #sunset", "#bookstagram", "#fitnessjourney #gym #strong",
    "#bread #sourdough #baking", "#style #ootd", "#garden #growyourown", "#familia #hogar", "#reise #natur", "",
)  # fmt: skip

PAID = {
    "en": (
        "#ad",
        "Paid partnership with @{}",
        "Use code {}15 for 15% off",
        "Thanks to @{} for sponsoring #gifted",
    ),
    "es": ("#publicidad", "Colaboración pagada con @{}", "Código {}15 para un 15% de descuento", "#ad @{}"),
    "fr": (
        "#publicité",
        "Collaboration commerciale avec @{}",
        "Code {}15 pour -15 %",
        "Merci @{} #sponsorisé",
    ),
    "de": ("Anzeige", "#werbung @{}", "Mit dem Code {}15 spart ihr 15 %", "Bezahlte Partnerschaft mit @{}"),
    "pt": ("#publi", "Parceria paga com @{}", "Cupom {}15 com 15% de desconto", "#ad @{}"),
}
"""``{}`` stands for a brand."""

UNSAFE = {
    "en": ("what the hell, this shit broke", "vodka and a cigarette by the fire", "killed it at the gym",
           "he has a gun in the scene"),
    "es": ("qué mierda de día", "vodka y un cigarro junto al fuego"),
    "fr": ("quelle merde ce temps", "vodka et une cigarette au coin du feu"),
    "de": ("so ein Scheiß, verdammt", "Wodka und eine Zigarette am Feuer"),
    "pt": ("que merda de dia", "vodka e um cigarro perto do fogo"),
}  # fmt: skip

COMMENTS = (
    "love this", "wow", "so beautiful 😍", "where did you get the cup?", "que bonito",
    "how long did it take you in the end?",
    "génial", "sehr schön", "adorei", "first", "need this recipe in my life right now", "nice pic",
)  # fmt: skip
