"""The toys on the table, rendered by casting rays at boxes, cylinders and balls."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vidpred.worlds.arrays import Float32Array, Float64Array
from vidpred.worlds.robot.camera import EYE, FORWARD, Patch, project_to_image, rays

Vectors = tuple[Float32Array, Float32Array, Float32Array]  # x, y and z

SUN = (0.25, -0.45, 0.857)
_HALFWAY = np.array(SUN) - FORWARD  # between the directions to the sun and to the eye
_GLINT = tuple((_HALFWAY / np.linalg.norm(_HALFWAY)).tolist())  # the normal of a surface that glints
_SIZE = (18, 16)  # pixels; contains any toy
_GRAIN = 3  # rays along each side of a pixel


class Toy(NamedTuple):
    shape: Literal["box", "cylinder", "ball"]
    colour: tuple[float, float, float]
    radius: float  # half a side of a box
    height: float

    @property
    def reach(self) -> float:
        """Radius of the disc that the toy occupies on the table."""
        return self.radius * (1.18 if self.shape == "box" else 1)


TOYS = (
    Toy("ball", (0.95, 0.42, 0.08), 0.054, 0.108),
    Toy("box", (0.10, 0.36, 0.82), 0.046, 0.084),
    Toy("cylinder", (0.25, 0.72, 0.14), 0.048, 0.092),
    Toy("box", (0.95, 0.80, 0.12), 0.047, 0.046),
    Toy("cylinder", (0.52, 0.18, 0.64), 0.057, 0.036),
    Toy("ball", (0.08, 0.62, 0.62), 0.048, 0.096),
    Toy("cylinder", (0.84, 0.12, 0.16), 0.042, 0.110),
)


def render_toy(toy: Toy, poses: Float64Array) -> tuple[Float32Array, Patch]:
    """Render a toy in poses [M, 3] (x, y, yaw): images [M, 4, h, w] of colour times cover, and cover, each 0..1; and
    the patches of the frame that they belong to."""
    centre = np.column_stack([poses[:, :2], np.full(len(poses), toy.height / 2)])
    patch = Patch.around(project_to_image(centre)[0], _SIZE)
    x, y, z = rays(*patch.pixels(_GRAIN))
    cos, sin = (turn(poses[:, 2]).astype(np.float32)[:, None, None] for turn in (np.cos, np.sin))
    eye_x, eye_y, eye_z = (np.array(EYE) - centre).T.astype(np.float32)[..., None, None]
    hit, normal, distance = _intersect(
        toy, (eye_x * cos + eye_y * sin, eye_y * cos - eye_x * sin, eye_z), (x * cos + y * sin, y * cos - x * sin, z)
    )

    def facing(direction: tuple[float, ...]) -> Float32Array:
        """Return the cosine between the surface's normal and a direction in the room, at least 0."""
        a, b, c = direction
        return np.maximum(normal[0] * (a * cos + b * sin) + normal[1] * (b * cos - a * sin) + normal[2] * c, 0)

    height = (eye_z + distance * z) / toy.height + 0.5  # 0..1
    shade = (0.42 + 0.68 * facing(SUN)) * (0.7 + 0.3 * np.clip(3 * height, 0, 1)) * hit
    glint = np.square(np.square(np.square(np.square(facing(_GLINT))))) * (0.45 if toy.shape == "ball" else 0.08) * hit
    shade, glint, cover = (values.mean((0, 1), dtype=np.float32) for values in (shade, glint, hit))
    return np.stack([shade * channel + glint for channel in toy.colour] + [cover], 1), patch


def _intersect(toy: Toy, eye: Vectors, ray: Vectors) -> tuple[NDArray[np.bool_], Vectors, Float32Array]:
    """Intersect rays with a toy at the origin: whether they hit it, the surface's normal, and the distance."""
    (ex, ey, ez), (x, y, z), r = eye, ray, toy.radius
    if toy.shape == "ball":
        near, _, hit = _roots(x * x + y * y + z * z, ex * x + ey * y + ez * z, ex * ex + ey * ey + ez * ez - r * r)
        return hit, ((ex + near * x) / r, (ey + near * y) / r, (ez + near * z) / r), near
    top, bottom = (toy.height / 2 - ez) / z, (-toy.height / 2 - ez) / z  # every ray points downwards
    if toy.shape == "cylinder":
        side, exit_, hit = _roots(x * x + y * y, ex * x + ey * y, ex * ex + ey * ey - r * r)
        wall, near = (side > top).astype(np.float32), np.maximum(side, top)
        return (
            hit & (near < np.minimum(exit_, bottom)),
            (wall * (ex + near * x) / r, wall * (ey + near * y) / r, 1 - wall),
            near,
        )
    to_x, to_y = np.sign(x), np.sign(y)
    with np.errstate(divide="ignore"):
        (in_x, out_x), (in_y, out_y) = (
            ((-r * to - e) / d, (r * to - e) / d) for e, to, d in ((ex, to_x, x), (ey, to_y, y))
        )
    near = np.maximum(np.maximum(in_x, in_y), top)
    by_x, by_y, by_z = ((near == entry).astype(np.float32) for entry in (in_x, in_y, top))
    return near < np.minimum(np.minimum(out_x, out_y), bottom), (-to_x * by_x, -to_y * by_y, by_z), near


def _roots(a: Float32Array, b: Float32Array, c: Float32Array) -> tuple[Float32Array, Float32Array, NDArray[np.bool_]]:
    """Return both roots of a s^2 + 2 b s + c, and whether they are real."""
    discriminant = b * b - a * c
    root = np.sqrt(np.maximum(discriminant, 0))
    return (-b - root) / a, (-b + root) / a, discriminant > 0
